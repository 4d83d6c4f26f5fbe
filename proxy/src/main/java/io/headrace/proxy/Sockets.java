package io.headrace.proxy;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.netty.channel.Channel;
import io.netty.channel.nio.AbstractNioChannel.NioUnsafe;
import io.netty.channel.unix.UnixChannel;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Method;
import java.nio.channels.SelectableChannel;

/**
 * What the kernel knows of a channel's socket and does with it, and neither Netty nor Java asks.
 */
@SuppressWarnings("restricted") // the flag --enable-native-access grants what is restricted
final class Sockets {
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_CORK = 3;
  private static final int TCP_INFO = 11;

  /** Of struct tcp_info in Linux's include/uapi/linux/tcp.h. */
  private static final int INFO_BYTES = 148;

  private static final int STATE = 0;
  private static final int UNACKNOWLEDGED = 24;
  private static final int NOT_SENT = 144;

  /** TCP_CLOSE, of Linux's include/net/tcp_states.h. */
  private static final int CLOSED = 7;

  /** Of Linux's include/uapi/asm-generic/fcntl.h. */
  private static final int O_CLOEXEC = 0x80000;

  private static final int SHUT_WR = 1;

  private static final MethodHandle GETSOCKOPT =
      call("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);

  private static final MethodHandle SETSOCKOPT =
      call("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);

  /** The value of an option that is switched on. */
  private static final MemorySegment ON = Arena.global().allocateFrom(JAVA_INT, 1);

  private static final MethodHandle SHUTDOWN = call("shutdown", JAVA_INT, JAVA_INT);
  private static final MethodHandle DUP3 = call("dup3", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle CLOSE = call("close", JAVA_INT);

  /**
   * A connection over TCP.
   *
   * @param isClosed whether it was reset, or both directions have ended
   * @param untaken what the peer has not confirmed yet: bytes, and packets under way
   */
  record Tcp(boolean isClosed, long untaken) {
    private static final Tcp GONE = new Tcp(true, 0);
  }

  private Sockets() {}

  private static MethodHandle call(String name, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(
            Linker.nativeLinker().defaultLookup().findOrThrow(name),
            FunctionDescriptor.of(JAVA_INT, arguments));
  }

  /** For the thread of the channel's event loop. */
  static Tcp tcp(Channel channel) {
    if (!channel.isOpen()) {
      return Tcp.GONE;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INFO_BYTES, Integer.BYTES);
      MemorySegment length = arena.allocateFrom(JAVA_INT, INFO_BYTES);
      int result =
          (int) GETSOCKOPT.invokeExact(descriptor(channel), IPPROTO_TCP, TCP_INFO, info, length);
      if (result != 0 || info.get(JAVA_BYTE, STATE) == CLOSED) {
        return Tcp.GONE;
      }
      return new Tcp(
          false,
          Integer.toUnsignedLong(info.get(JAVA_INT, NOT_SENT))
              + Integer.toUnsignedLong(info.get(JAVA_INT, UNACKNOWLEDGED)));
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Has the last of what is written wait for the end ({@link #endOutput}), so that both leave in
   * one segment (TCP_CORK of tcp(7), which waits for 200 ms at most). For the thread of the
   * channel's event loop.
   */
  static void keepForEnd(Channel channel) {
    if (channel.isOpen()) {
      try {
        // Without it they leave in two.
        int _ =
            (int)
                SETSOCKOPT.invokeExact(
                    descriptor(channel), IPPROTO_TCP, TCP_CORK, ON, Integer.BYTES);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }

  /**
   * Tells the peer that no more comes (FIN), when all that was written is with the kernel. Netty
   * would make an exception with its stack trace for that. For the thread of the channel's event
   * loop.
   */
  static void endOutput(Channel channel) {
    if (channel.isOpen()) {
      try {
        // It fails where the peer has reset the connection, which is told otherwise.
        int _ = (int) SHUTDOWN.invokeExact(descriptor(channel), SHUT_WR);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }

  /** The number of the open file that a channel is. */
  static int descriptor(Channel channel) {
    try {
      return channel instanceof UnixChannel unix
          ? unix.fd().intValue()
          : number(((NioUnsafe) channel.unsafe()).ch());
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** As {@link #descriptor}. */
  static int number(SelectableChannel channel) throws ReflectiveOperationException {
    return (int) Nio.NUMBER.invoke(channel);
  }

  /**
   * Has a channel that is bound, and not read, be another socket of its kind, as neither Netty nor
   * Java makes a channel of a socket that listens already.
   *
   * @param descriptor of the socket; closed
   */
  static void replace(Channel channel, int descriptor) {
    try {
      if ((int) DUP3.invokeExact(descriptor, descriptor(channel), O_CLOEXEC) < 0) {
        throw new ProxyException("a listening socket of the process before cannot be taken over");
      }
      close(descriptor);
    } catch (ProxyException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static void close(int descriptor) {
    try {
      int _ = (int) CLOSE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Java itself tells the number only within the package, which is exported to us. */
  private static final class Nio {
    static final Method NUMBER = number();

    private static Method number() {
      try {
        return Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal");
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("the flag --add-exports is missing", e);
      }
    }
  }
}
