package io.headrace.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What may stand for a key.
 *
 * @param words for the reference: {@code an integer from 1 to 16}
 * @param schema the same in JSON Schema; for a table, without its properties
 * @param conversion from what stands there to what it means
 * @param form how the file writes a value; of no use for a table, which is no value
 * @param keys of the table that it is, or of each table in it; empty when it is none
 */
record Type<T>(
    String words,
    Map<String, Object> schema,
    Conversion<T> conversion,
    Function<T, String> form,
    List<Key<?>> keys) {

  Type(
      String words,
      Map<String, Object> schema,
      Conversion<T> conversion,
      Function<T, String> form) {
    this(words, schema, conversion, form, List.of());
  }

  /** Reads a value. */
  interface Conversion<T> {
    /**
     * What is meant; empty when it is wrong, which the section's problems have then been told.
     *
     * @param section where it stands
     * @param key under which
     */
    Optional<T> convert(Section section, String key, Located<Object> found);
  }

  boolean isTable() {
    return !keys.isEmpty();
  }
}
