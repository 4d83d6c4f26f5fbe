package io.headrace.profile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.monitor.Quantity;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Two profiles side by side. */
public final class ProfileComparison {
  private static final List<String> FIELDS = List.of("mean_ns", "p50_ns", "p99_ns", "p999_ns");
  private static final List<String> TITLES = List.of("mean", "50 %", "99 %", "99.9 %");

  private final Map<String, Map<String, Double>> first;
  private final Map<String, Map<String, Double>> second;

  /**
   * @param first the folder of a profile, or the JSON in it
   * @throws IOException when one cannot be read
   */
  public ProfileComparison(Path first, Path second) throws IOException {
    this.first = ProfileJson.readStages(first);
    this.second = ProfileJson.readStages(second);
  }

  /** A table: for each stage that both have, its times and how much longer the second's are. */
  public void writeText(OutputStream out) throws IOException {
    StringBuilder text = new StringBuilder();
    row(text, "STAGE", "", "FIRST", "SECOND", "RATIO");
    for (String stage : first.keySet()) {
      if (second.containsKey(stage)) {
        for (int i = 0; i < FIELDS.size(); i++) {
          double a = value(first, stage, i);
          double b = value(second, stage, i);
          row(
              text,
              i == 0 ? stage : "",
              TITLES.get(i),
              Quantity.time(a),
              Quantity.time(b),
              a == 0 ? "-" : String.format(Locale.ROOT, "%.2f", b / a));
        }
      }
    }
    out.write(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static double value(Map<String, Map<String, Double>> of, String stage, int field) {
    return of.get(stage).getOrDefault(FIELDS.get(field), 0.0);
  }

  private static void row(StringBuilder text, String stage, String what, String... columns) {
    text.append(String.format(Locale.ROOT, "%-16s%-8s", stage, what));
    for (String column : columns) {
      text.append(String.format(Locale.ROOT, "%12s", column));
    }
    text.append('\n');
  }

  /** The same as a JSON object. */
  public void writeJson(OutputStream out) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter();
    json.writeStartObject();
    for (String stage : first.keySet()) {
      if (second.containsKey(stage)) {
        json.writeObjectFieldStart(stage);
        for (int i = 0; i < FIELDS.size(); i++) {
          double a = value(first, stage, i);
          double b = value(second, stage, i);
          json.writeObjectFieldStart(FIELDS.get(i));
          json.writeNumberField("first", a);
          json.writeNumberField("second", b);
          if (a != 0) {
            json.writeNumberField("ratio", b / a);
          }
          json.writeEndObject();
        }
        json.writeEndObject();
      }
    }
    json.writeEndObject();
    json.flush();
    out.write('\n');
  }
}
