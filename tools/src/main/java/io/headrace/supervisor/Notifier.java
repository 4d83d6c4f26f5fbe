package io.headrace.supervisor;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Tells a service manager how things are, as sd_notify(3) does: one datagram a message, to the Unix
 * socket that the manager names. Java has no such sockets. Who does not listen hears nothing. Any
 * thread.
 */
final class Notifier {
  private static final CFunction SOCKET = CFunction.named("socket");
  private static final CFunction SENDTO = CFunction.named("sendto");
  private static final CFunction CLOSE = CFunction.named("close");

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int FAMILY_LENGTH = Short.BYTES;
  private static final int LONGEST_PATH = 107;

  private final byte[] address;

  /**
   * @param socket a path, or with "@" first an abstract name
   * @throws IllegalArgumentException when it is neither
   */
  Notifier(String socket) {
    byte[] name = socket.getBytes(StandardCharsets.UTF_8);
    boolean isAbstract = socket.startsWith("@");
    if (!isAbstract && !socket.startsWith("/") || name.length > LONGEST_PATH) {
      throw new IllegalArgumentException("no socket to notify: " + socket);
    }
    address =
        ByteBuffer.allocate(FAMILY_LENGTH + name.length)
            .order(ByteOrder.nativeOrder())
            .putShort((short) AF_UNIX)
            .put(name)
            .array();
    if (isAbstract) {
      address[FAMILY_LENGTH] = 0;
    }
  }

  /**
   * Sends a message.
   *
   * @param message lines such as READY=1
   * @return whether it has been taken
   */
  boolean send(String message) {
    byte[] text = message.getBytes(StandardCharsets.UTF_8);
    CallState state = new CallState();
    int fd = SOCKET.call(state, AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (fd < 0) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocateFrom(ValueLayout.JAVA_BYTE, address);
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, text);
      return SENDTO.callLong(
              state, fd, bytes.address(), text.length, MSG_NOSIGNAL, to.address(), address.length)
          == text.length;
    } finally {
      CLOSE.call(state, fd);
    }
  }
}
