package io.headrace.admin;

import io.headrace.admin.Site.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;

/** A request of HTTP, whatever way it came, and its answer. For one thread. */
interface Exchange {
  String method();

  URI target();

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
   * @return where the body goes; to be closed when it is whole, and not otherwise
   */
  OutputStream answer(int status, String type, long length) throws IOException;
}
