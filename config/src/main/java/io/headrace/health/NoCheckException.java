package io.headrace.health;

import java.io.IOException;

/** A check that this machine could not make, which says nothing of the server. */
final class NoCheckException extends IOException {
  private static final long serialVersionUID = 1L;

  NoCheckException(String message, Throwable cause) {
    super(message, cause);
  }
}
