package io.headrace.conntrack;

/** A flow file cannot be used; the message says all that its reader needs. */
public final class FlowFileException extends RuntimeException {
  private static final long serialVersionUID = 1;

  FlowFileException(String message) {
    super(message);
  }

  FlowFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
