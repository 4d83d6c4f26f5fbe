package io.headrace.cli;

/**
 * A command that cannot do what it was asked to; the message is complete as it is shown to a user.
 */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String cause;
  private final String advice;

  public CommandFailure(String message) {
    super(message);
    this.cause = message;
    this.advice = "";
  }

  /**
   * @param cause what is wrong
   * @param advice what to do about it
   */
  public CommandFailure(String cause, String advice) {
    super(cause + "; " + advice);
    this.cause = cause;
    this.advice = advice;
  }

  /** What is wrong, without the advice. */
  public String cause() {
    return cause;
  }

  /** What to do about it; empty where the message says all. */
  public String advice() {
    return advice;
  }
}
