package io.headrace.admin;

import io.headrace.admin.Site.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;

/** A request of HTTP, whatever way it came, and its answer. For one thread. */
interface Exchange {
  String method();

  URI target();

  /** The value of a header of the request; empty when it has none. */
  String header(String name);

  /**
   * Who asks, for the log.
   *
   * @throws Refusal when he may not change anything
   */
  String authority() throws Refusal;

  /**
   * Begins the answer.
   *
   * @param length of the body; 0 when it shows by the end, -1 when there is none
   * @return where the body goes, to nowhere for HEAD; to be closed when it is whole, and not
   *     otherwise
   */
  OutputStream answer(int status, Media media, long length) throws IOException;
}
