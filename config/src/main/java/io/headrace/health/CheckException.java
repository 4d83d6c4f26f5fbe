package io.headrace.health;

import java.io.IOException;

/** A server that is not as it should be; the message completes the sentence "it is down: …". */
final class CheckException extends IOException {
  private static final long serialVersionUID = 1L;

  CheckException(String message) {
    super(message);
  }
}
