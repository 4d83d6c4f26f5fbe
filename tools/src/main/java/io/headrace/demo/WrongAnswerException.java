package io.headrace.demo;

import java.io.IOException;

/** An answer arrived, and is not what the server was to say. */
final class WrongAnswerException extends IOException {
  private static final long serialVersionUID = 1L;

  WrongAnswerException(String message) {
    super(message);
  }
}
