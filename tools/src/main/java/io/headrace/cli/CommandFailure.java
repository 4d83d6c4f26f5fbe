package io.headrace.cli;

/**
 * A command that cannot do what it was asked to; the message is complete as it is shown to a user.
 */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CommandFailure(String message) {
    super(message);
  }
}
