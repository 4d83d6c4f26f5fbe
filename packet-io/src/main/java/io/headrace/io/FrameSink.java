package io.headrace.io;

/**
 * Where frames go: one interface, or a capture file. Used by one thread.
 *
 * <p>A frame that cannot be sent (too big for the interface, no buffers, link down) is counted and
 * skipped; the frames after it still go.
 */
public interface FrameSink extends AutoCloseable {
  /** Queues a frame. Its memory and its description must stay as they are until {@link #flush}. */
  void send(Frame frame);

  /** Injects what is queued. */
  void flush();

  /** Frames that were injected, since the sink was opened. */
  long sent();

  /** Frames that could not be sent, since the sink was opened. */
  long failed();

  @Override
  void close();
}
