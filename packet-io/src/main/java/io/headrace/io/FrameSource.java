package io.headrace.io;

/**
 * Where frames come from: one interface, or a capture file. The source owns the memory of its
 * frames, and of {@link Frame#HEADROOM} bytes before each, which whoever has a frame may write.
 *
 * <p>Threading: {@link #receive} is called by one thread; {@link #release} by one thread, which may
 * be another. At least {@link #capacity} frames may be received and not yet released; the caller
 * never exceeds it.
 */
public interface FrameSource extends AutoCloseable {
  /**
   * Takes the next frame, without waiting.
   *
   * @param frame set to the frame and what is known of it
   * @return false when there is none now
   */
  boolean receive(Frame frame);

  /**
   * Gives back the memory of the oldest {@code frames} frames that were received and not yet
   * released.
   */
  void release(int frames);

  /** Frames that may be out at one time. */
  int capacity();

  /** A file descriptor that polls readable when frames wait, or -1 where there is none. */
  int descriptor();

  /** Frames that were lost because nobody took them in time, since the source was opened. */
  long missed();

  @Override
  void close();
}
