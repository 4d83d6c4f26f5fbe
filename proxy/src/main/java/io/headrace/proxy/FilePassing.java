package io.headrace.proxy;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.channels.SocketChannel;

/** Open files over a Unix socket, from one process to another (SCM_RIGHTS, unix(7)). */
@SuppressWarnings("restricted") // the flag --enable-native-access grants what is restricted
final class FilePassing {
  private static final MethodHandle SENDMSG = call("sendmsg");
  private static final MethodHandle RECVMSG = call("recvmsg");

  private FilePassing() {}

  private static MethodHandle call(String name) {
    return Linker.nativeLinker()
        .downcallHandle(
            Linker.nativeLinker().defaultLookup().findOrThrow(name),
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  }

  /** Sends an open file over a Unix socket, with a byte. */
  static void send(SocketChannel to, int descriptor) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = Message.allocate(arena);
      MemorySegment control = Message.control(message);
      control.set(JAVA_LONG, 0, Message.CONTROL_LENGTH);
      control.set(JAVA_INT, 8, Message.SOL_SOCKET);
      control.set(JAVA_INT, 12, Message.SCM_RIGHTS);
      control.set(JAVA_INT, 16, descriptor);
      if ((long) SENDMSG.invokeExact(Sockets.number(to), message, 0) != 1) {
        throw new IOException("an open file cannot be passed on");
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Receives what {@link #send} sends. */
  static int receive(SocketChannel from) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = Message.allocate(arena);
      long got = (long) RECVMSG.invokeExact(Sockets.number(from), message, Message.CMSG_CLOEXEC);
      MemorySegment control = Message.control(message);
      if (got != 1 || control.get(JAVA_INT, 12) != Message.SCM_RIGHTS) {
        throw new IOException("no open file was passed on");
      }
      return control.get(JAVA_INT, 16);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Struct msghdr of a byte and an open file (sendmsg(2), cmsg(3)), on Linux with 64 bits:
   *
   * <pre>
   *    0 name    8 its length   16 vectors   24 their count   32 control   40 its length   48 flags
   *   56 vector: 56 base, 64 length         72 control: 72 length, 80 level, 84 type, 88 the file
   *   96 the byte
   * </pre>
   */
  private static final class Message {
    static final int SOL_SOCKET = 1;
    static final int SCM_RIGHTS = 1;
    static final int CMSG_CLOEXEC = 0x40000000;
    static final long CONTROL_LENGTH = 20;
    private static final int VECTOR = 56;
    private static final int CONTROL = 72;
    private static final int BYTE = 96;
    private static final int CONTROL_SPACE = BYTE - CONTROL;

    static MemorySegment allocate(Arena arena) {
      MemorySegment message = arena.allocate(BYTE + 1, Long.BYTES);
      message.set(ADDRESS, 16, message.asSlice(VECTOR));
      message.set(JAVA_LONG, 24, 1);
      message.set(ADDRESS, 32, message.asSlice(CONTROL));
      message.set(JAVA_LONG, 40, CONTROL_SPACE);
      message.set(ADDRESS, VECTOR, message.asSlice(BYTE));
      message.set(JAVA_LONG, VECTOR + 8, 1);
      return message;
    }

    static MemorySegment control(MemorySegment message) {
      return message.asSlice(CONTROL, CONTROL_SPACE);
    }
  }
}
