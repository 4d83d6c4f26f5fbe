package io.headrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Makes a table of connections, each of which comes as a JSON object. It fits 80 columns unless a
 * name is long: there may be millions of rows, so none waits for the width of the others. An
 * address stands for a frontend or a server that has no name any more.
 */
final class FlowRows extends LineStream {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String NOTHING = "-";

  private final OutputStream out;
  private final Map<String, String> fields = new HashMap<>();
  private final StringBuilder row = new StringBuilder();
  private boolean begun;

  FlowRows(OutputStream out) {
    this.out = out;
  }

  @Override
  void line(byte[] text) throws IOException {
    begin();
    fields.clear();
    try (JsonParser json = JSON.createParser(text)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        fields.put(name, json.getText());
      }
    }
    String nat = field("nat");
    row(
        field("protocol"),
        field("state"),
        field("client"),
        fields.getOrDefault("frontend", field("service")),
        fields.getOrDefault("server", field("server_address")),
        nat.substring(nat.lastIndexOf(':') + 1),
        field("expires_s"));
  }

  @Override
  void end() throws IOException {
    begin();
  }

  private void begin() throws IOException {
    if (!begun) {
      begun = true;
      row("PROTO", "STATE", "CLIENT", "FRONTEND", "SERVER", "NAT", "LEFT/s");
    }
  }

  private String field(String name) {
    return fields.getOrDefault(name, NOTHING);
  }

  private void row(
      String protocol,
      String state,
      String client,
      String frontend,
      String server,
      String natPort,
      String left)
      throws IOException {
    row.setLength(0);
    left(protocol, 5);
    left(state, 13);
    left(client, 21);
    left(frontend, 12);
    left(server, 12);
    right(natPort, 5);
    row.append(' ');
    right(left, 6);
    row.append('\n');
    out.write(row.toString().getBytes(StandardCharsets.UTF_8));
  }

  private void left(String text, int width) {
    row.append(text).repeat(' ', Math.max(0, width - text.length())).append(' ');
  }

  private void right(String text, int width) {
    row.repeat(' ', Math.max(0, width - text.length())).append(text);
  }
}
