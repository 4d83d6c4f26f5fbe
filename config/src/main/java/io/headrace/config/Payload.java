package io.headrace.config;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Bytes that a check sends or expects.
 *
 * @param text as the file writes them: a text, or {@code hex:} and two digits for each byte
 */
public record Payload(String text) {
  private static final String HEX = "hex:";

  /**
   * @throws IllegalArgumentException when they are none; the message is one line for a user
   */
  static Payload parse(String text) {
    Payload payload = new Payload(text);
    try {
      if (payload.bytes().length == 0) {
        throw new IllegalArgumentException("it is empty; leave the key out");
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          Wording.quote(text) + " is not hexadecimal; write two digits for each byte", e);
    }
    return payload;
  }

  /** A new array. */
  public byte[] bytes() {
    if (!text.startsWith(HEX)) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    String digits = text.substring(HEX.length()).replace(" ", "");
    try {
      return HexFormat.of().parseHex(digits);
    } catch (IllegalArgumentException e) {
      NumberFormatException wrong = new NumberFormatException(e.getMessage());
      wrong.initCause(e);
      throw wrong;
    }
  }
}
