package io.headrace.health;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a server has said so far, and a word that is looked for in it. */
final class Answer {
  static final int LONGEST = 64 << 10;

  private static final int SHOWN = 40;

  private final ByteBuffer bytes = ByteBuffer.allocate(LONGEST);

  /** Where more goes. */
  ByteBuffer room() {
    return bytes;
  }

  boolean contains(byte[] word) {
    for (int at = 0; at + word.length <= bytes.position(); at++) {
      if (Arrays.equals(bytes.array(), at, at + word.length, word, 0, word.length)) {
        return true;
      }
    }
    return false;
  }

  /** Its beginning, for a person. */
  String beginning() {
    if (bytes.position() == 0) {
      return "it said nothing";
    }
    String text =
        new String(
            bytes.array(), 0, Math.min(SHOWN, bytes.position()), StandardCharsets.ISO_8859_1);
    return "it said \"" + text.replaceAll("[^\\x20-\\x7e]", ".") + "\"";
  }
}
