package io.headrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What statistics say of one server.
 *
 * @param backend its pool
 * @param address where it is
 * @param fields the rest, by their names there; numbers as text
 */
record ServerRow(String backend, String address, Map<String, String> fields) {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String STATES = "server_states";
  private static final String COUNTS = "server_counts";
  private static final String ROW = "%-24s %-21s %6s %8s %-12s %s%n";

  /** Those of all backends, in the order of the configuration. */
  static List<ServerRow> read(InputStream stats) throws IOException {
    Map<String, ServerRow> rows = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(stats)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean backends = json.currentName().equals("backends");
        json.nextToken();
        if (backends) {
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            String backend = json.currentName();
            json.nextToken();
            readBackend(backend, json, rows);
          }
        } else {
          json.skipChildren();
        }
      }
    }
    return new ArrayList<>(rows.values());
  }

  private static void readBackend(String backend, JsonParser json, Map<String, ServerRow> rows)
      throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String part = json.currentName();
      json.nextToken();
      if (!part.equals(STATES) && !part.equals(COUNTS)) {
        json.skipChildren();
        continue;
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String address = json.currentName();
        ServerRow row =
            rows.computeIfAbsent(
                backend + " " + address,
                _ -> new ServerRow(backend, address, new LinkedHashMap<>()));
        json.nextToken();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String name = json.currentName();
          json.nextToken();
          row.fields.put(name, json.getText());
        }
      }
    }
  }

  static void writeTable(List<ServerRow> rows, PrintStream out) {
    out.printf(Locale.ROOT, ROW, "SERVER", "ADDRESS", "WEIGHT", "CONNS", "STATE", "SINCE, REASON");
    for (ServerRow row : rows) {
      out.printf(
          Locale.ROOT,
          ROW,
          row.backend + "/" + row.field("name"),
          row.address,
          row.field("weight"),
          row.field("current_connections"),
          row.field("state"),
          row.field("since").replaceAll("\\.[0-9]+Z", "Z") + ", " + row.field("reason"));
    }
  }

  static void writeJson(List<ServerRow> rows, PrintStream out) throws IOException {
    JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter();
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.writeStartArray();
    for (ServerRow row : rows) {
      json.writeStartObject();
      json.writeStringField("backend", row.backend);
      json.writeStringField("address", row.address);
      for (Map.Entry<String, String> field : row.fields.entrySet()) {
        if (field.getValue().matches("[0-9]{1,18}") && !field.getKey().equals("name")) {
          json.writeNumberField(field.getKey(), Long.parseLong(field.getValue()));
        } else {
          json.writeStringField(field.getKey(), field.getValue());
        }
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.close();
    out.println();
  }

  private String field(String name) {
    return fields.getOrDefault(name, "-");
  }
}
