package io.headrace.admin;

/**
 * What an answer is.
 *
 * @param type of its content, with the charset
 * @param policy what a browser may do with it: its Content-Security-Policy
 */
public record Media(String type, String policy) {
  public static final Media JSON = new Media("application/json");

  /** An object a line. */
  public static final Media JSON_LINES = new Media("application/x-ndjson");

  public static final Media TEXT = new Media("text/plain; charset=utf-8");

  private static final String NOTHING =
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** Of what is no page for a browser. */
  public Media(String type) {
    this(type, NOTHING);
  }
}
