package io.headrace.supervisor;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** A Unix datagram socket that listens, as a service manager's does. For one thread. */
public final class DatagramSocket implements AutoCloseable {
  private static final CFunction SOCKET = CFunction.named("socket");
  private static final CFunction BIND = CFunction.named("bind");
  private static final CFunction POLL = CFunction.named("poll");
  private static final CFunction RECV = CFunction.named("recv");
  private static final CFunction CLOSE = CFunction.named("close");
  private static final int LONGEST = 4096;

  private final CallState state = new CallState();
  private final Arena arena = Arena.ofConfined();
  private final int fd;

  /**
   * @param name a path, or with "@" first an abstract name
   */
  public DatagramSocket(String name) {
    fd = SOCKET.call(state, 1, 2, 0);
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    byte[] address =
        ByteBuffer.allocate(2 + bytes.length)
            .order(ByteOrder.nativeOrder())
            .putShort((short) 1)
            .put(bytes)
            .array();
    if (name.startsWith("@")) {
      address[2] = 0;
    }
    MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, address);
    int bound = BIND.call(state, fd, memory.address(), address.length);
    if (fd < 0 || bound < 0) {
      throw new IllegalStateException("cannot listen on " + name);
    }
  }

  /** The next message; empty when none comes in that time. */
  public Optional<String> receive(Duration patience) {
    MemorySegment poll = arena.allocate(8, 8);
    poll.asByteBuffer().order(ByteOrder.nativeOrder()).putInt(0, fd).putShort(4, (short) 1);
    if (POLL.call(state, poll.address(), 1, patience.toMillis()) <= 0) {
      return Optional.empty();
    }
    MemorySegment memory = arena.allocate(LONGEST);
    int length = RECV.call(state, fd, memory.address(), LONGEST, 0);
    byte[] bytes = memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    return Optional.of(new String(bytes, StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    CLOSE.call(state, fd);
    arena.close();
  }
}
