package io.headrace.monitor;

/**
 * A line of a screen.
 *
 * @param style how it stands out
 */
public record Line(Style style, String text) {
  /** How a line stands out. */
  public enum Style {
    PLAIN,
    HEADING,
    WARNING
  }
}
