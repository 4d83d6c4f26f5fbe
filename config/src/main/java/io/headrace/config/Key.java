package io.headrace.config;

import java.util.Optional;

/**
 * A key that may stand in a table: what reads it, and all that the reference and the JSON Schema
 * say of it, so that these are never at odds.
 *
 * @param name as the file writes it
 * @param type what may stand there
 * @param meaning a line for the reference
 * @param otherwise what holds where it is absent; empty when nothing in particular does
 * @param absent the same for a reader; empty for a key that has to be there
 * @param example of a value, in TOML; a table's may be empty
 * @param atStart whether a change of it has to wait for the next start
 */
record Key<T>(
    String name,
    Type<T> type,
    String meaning,
    Optional<T> otherwise,
    Optional<String> absent,
    String example,
    boolean atStart) {

  /** A key that has to be there. */
  static <T> Key<T> required(String name, Type<T> type, String example, String meaning) {
    return new Key<>(name, type, meaning, Optional.empty(), Optional.empty(), example, false);
  }

  /**
   * A key with a default.
   *
   * @param otherwise the default
   */
  static <T> Key<T> of(String name, Type<T> type, T otherwise, String example, String meaning) {
    return new Key<>(
        name,
        type,
        meaning,
        Optional.of(otherwise),
        Optional.of(type.form().apply(otherwise)),
        example,
        false);
  }

  /**
   * A key whose absence is a thing of its own.
   *
   * @param absent what that means, for a reader
   */
  static <T> Key<T> optional(
      String name, Type<T> type, String absent, String example, String meaning) {
    return new Key<>(name, type, meaning, Optional.empty(), Optional.of(absent), example, false);
  }

  /** The same key, of which a change has to wait for the next start. */
  Key<T> onlyAtStart() {
    return new Key<>(name, type, meaning, otherwise, absent, example, true);
  }

  boolean isRequired() {
    return absent.isEmpty();
  }
}
