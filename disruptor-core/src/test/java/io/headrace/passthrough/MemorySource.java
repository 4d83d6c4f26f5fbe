package io.headrace.passthrough;

import io.headrace.io.Frame;
import io.headrace.io.FrameSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Hands out frames that a test has put in, from memory that is overwritten as soon as it is
 * released.
 */
final class MemorySource implements FrameSource {
  private static final int FRAME = 66_000;

  private final int capacity;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final UnsafeBuffer bytes;
  private final Queue<Given> waiting = new ArrayDeque<>();
  private final AtomicInteger out = new AtomicInteger();
  private long received;
  private long released;

  private record Given(
      byte[] bytes, long timeNs, int checksumStart, int checksumOffset, int gsoType, int gsoSize) {}

  MemorySource(int capacity) {
    this.capacity = capacity;
    this.memory = arena.allocate((long) capacity * FRAME, 64);
    this.bytes = new UnsafeBuffer(memory.address(), (int) memory.byteSize());
  }

  void give(byte[] frame, long timeNs) {
    waiting.add(new Given(frame, timeNs, 0, 0, 0, 0));
  }

  void give(Frame frame, long timeNs) {
    byte[] copy = new byte[frame.length()];
    frame.buffer().getBytes(0, copy);
    waiting.add(
        new Given(
            copy,
            timeNs,
            frame.checksumStart(),
            frame.checksumOffset(),
            frame.gsoType(),
            frame.gsoSize()));
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  @Override
  public boolean receive(Frame frame) {
    Given next = waiting.poll();
    if (next == null) {
      return false;
    }
    if (out.incrementAndGet() > capacity) {
      throw new AssertionError("more frames are out than the source has room for");
    }
    int at = (int) (received++ % capacity) * FRAME + Frame.HEADROOM;
    bytes.putBytes(at, next.bytes);
    frame.wrap(memory.address() + at, next.bytes.length);
    frame.timeNs(next.timeNs);
    if (next.checksumStart != 0) {
      frame.partialChecksum(next.checksumStart, next.checksumOffset);
    }
    frame.gso(next.gsoType, next.gsoSize);
    return true;
  }

  @Override
  public void release(int frames) {
    if (out.addAndGet(-frames) < 0) {
      throw new AssertionError("more frames were released than were received");
    }
    for (int i = 0; i < frames; i++) {
      bytes.setMemory((int) (released++ % capacity) * FRAME, 192, (byte) 0xEE);
    }
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public int descriptor() {
    return -1;
  }

  @Override
  public long missed() {
    return 0;
  }

  @Override
  public void close() {
    arena.close();
  }
}
