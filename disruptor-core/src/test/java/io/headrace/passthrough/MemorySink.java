package io.headrace.passthrough;

import io.headrace.io.Frame;
import io.headrace.io.FrameSink;
import java.util.ArrayList;
import java.util.List;

/** Keeps what is sent: the bytes as they are at the time of the flush. */
final class MemorySink implements FrameSink {
  private final List<Frame> queued = new ArrayList<>();
  private final List<byte[]> sent = new ArrayList<>();
  private final List<Integer> packetLimits = new ArrayList<>();
  private final List<Boolean> partialChecksums = new ArrayList<>();

  List<byte[]> frames() {
    return sent;
  }

  /** What the frames said of how they may be cut, all since the start. */
  List<Integer> packetLimits() {
    return packetLimits;
  }

  /** Whether the frames' checksums were partial, all since the start. */
  List<Boolean> partialChecksums() {
    return partialChecksums;
  }

  @Override
  public void send(Frame frame) {
    partialChecksums.add(frame.isChecksumPartial());
    packetLimits.add(frame.packetLimit());
    queued.add(frame);
  }

  @Override
  public void flush() {
    for (Frame frame : queued) {
      byte[] copy = new byte[frame.length()];
      frame.buffer().getBytes(0, copy);
      sent.add(copy);
    }
    queued.clear();
  }

  @Override
  public long sent() {
    return sent.size();
  }

  @Override
  public long failed() {
    return 0;
  }

  @Override
  public void close() {}
}
