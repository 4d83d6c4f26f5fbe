package io.headrace.config;

/**
 * One thing that is wrong with a configuration file.
 *
 * @param file as the operator named it
 * @param line counted from 1; 0 when the error is the file itself
 * @param column counted from 1; 0 when the error is the file itself
 * @param message one line that says what is wrong and what to do
 */
public record ConfigError(String file, int line, int column, String message) {
  /** {@code file:line:column: message}, the form that editors and terminals make a link of. */
  @Override
  public String toString() {
    return line == 0 ? file + ": " + message : file + ":" + line + ":" + column + ": " + message;
  }
}
