package io.headrace.io;

/**
 * An interface or a capture file cannot be opened, read or written. The message is one complete
 * line for the person who asked: what failed, on what, and what to do.
 */
public final class FrameIoException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FrameIoException(String message) {
    super(message);
  }

  public FrameIoException(String message, Throwable cause) {
    super(message, cause);
  }
}
