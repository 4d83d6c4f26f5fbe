package io.headrace.demo;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.Locale;

/** What kinds of errors an HTTP client may meet. */
enum Fault {
  /** A RST in answer to the SYN. */
  REFUSED,
  /** A RST later. */
  RESET,
  /** A FIN in the middle of an answer, or in place of one. */
  ENDED,
  TIMEOUT,
  /** An answer that is not what the server was to say. */
  WRONG;

  static Fault of(IOException e) {
    return switch (e) {
      case WrongAnswerException _ -> WRONG;
      case SocketTimeoutException _ -> TIMEOUT;
      case EOFException _ -> ENDED;
      case ConnectException _ -> REFUSED;
      default -> RESET;
    };
  }

  /** As in the report. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
