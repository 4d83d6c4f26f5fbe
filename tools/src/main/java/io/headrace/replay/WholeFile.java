package io.headrace.replay;

import io.headrace.io.CaptureFileSource;
import io.headrace.io.Frame;
import io.headrace.io.FrameIoException;
import io.headrace.io.FrameSource;
import java.util.Optional;

/**
 * A capture file whose end, and whose damage, another thread than the reading one wants to know of.
 */
final class WholeFile implements FrameSource {
  private final CaptureFileSource file;
  private FrameIoException damage;
  private volatile boolean ended;

  WholeFile(CaptureFileSource file) {
    this.file = file;
  }

  @Override
  public boolean receive(Frame frame) {
    if (ended) {
      return false;
    }
    try {
      if (file.receive(frame)) {
        return true;
      }
    } catch (FrameIoException e) {
      damage = e;
    }
    ended = true;
    return false;
  }

  /** Whether every frame has been received. */
  boolean isEnded() {
    return ended;
  }

  /** What kept the rest of the file from being read, once it {@linkplain #isEnded has ended}. */
  Optional<FrameIoException> damage() {
    return Optional.ofNullable(damage);
  }

  @Override
  public void release(int frames) {
    file.release(frames);
  }

  @Override
  public int capacity() {
    return file.capacity();
  }

  @Override
  public int descriptor() {
    return file.descriptor();
  }

  @Override
  public long missed() {
    return file.missed();
  }

  @Override
  public void close() {
    file.close();
  }
}
