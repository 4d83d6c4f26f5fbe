package io.headrace.demo;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;

/**
 * New connections of one server, while all were up.
 *
 * @param server its name
 */
record Share(String server, int weight, long connections) {
  /** Writes the field {@code shares}. */
  static void write(JsonGenerator json, List<Share> shares) throws IOException {
    json.writeObjectFieldStart("shares");
    for (Share share : shares) {
      json.writeObjectFieldStart(share.server);
      json.writeNumberField("weight", share.weight);
      json.writeNumberField("connections", share.connections);
      json.writeEndObject();
    }
    json.writeEndObject();
  }
}
