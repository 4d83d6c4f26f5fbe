package io.headrace.link;

/**
 * The kernel refused something; the message is one line that says what, and what to do about it.
 */
public final class LinkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LinkException(String message) {
    super(message);
  }

  LinkException(String message, Throwable cause) {
    super(message, cause);
  }

  /** For a system call that failed; a missing privilege is named. */
  public static LinkException of(String what, int errno) {
    return errno == Libc.EPERM || errno == Libc.EACCES
        ? missingPrivilege(what)
        : new LinkException("cannot " + what + ": " + Libc.describe(errno));
  }

  static LinkException missingPrivilege(String what) {
    return new LinkException("cannot " + what + ": run as root or with CAP_NET_ADMIN");
  }
}
