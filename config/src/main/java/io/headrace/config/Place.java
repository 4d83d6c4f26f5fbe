package io.headrace.config;

/**
 * Where something stands in a configuration.
 *
 * @param file as the operator named it
 * @param line counted from 1; 0 when it is the file itself
 * @param column counted from 1; 0 when it is the file itself
 */
record Place(String file, int line, int column) {
  /** {@code file:line:column}, the form that editors and terminals make a link of. */
  @Override
  public String toString() {
    return line == 0 ? file : file + ":" + line + ":" + column;
  }
}
