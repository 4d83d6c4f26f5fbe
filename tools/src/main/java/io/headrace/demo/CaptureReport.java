package io.headrace.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.replay.ReplayReport;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a replay over a capture file of the demo's own has shown.
 *
 * @param flows in the file
 * @param replay what became of its frames
 * @param shares flows by server
 */
public record CaptureReport(int flows, ReplayReport replay, List<Share> shares) {
  private static final JsonFactory JSON = new JsonFactory();

  /** What must not be, a line each; empty when the replay has gone well. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (replay.forwarded() < replay.frames() || replay.faults() > 0) {
      problems.add(
          "%,d of %,d frames forwarded, %,d faults"
              .formatted(replay.forwarded(), replay.frames(), replay.faults()));
    }
    if (shares.stream().mapToLong(Share::connections).sum() != flows) {
      problems.add("not every connection went to a server");
    }
    shares.stream()
        .filter(share -> share.connections() == 0)
        .forEach(share -> problems.add(share.server() + " got no connection"));
    return problems;
  }

  /** Prints for a person. */
  public void print(PrintStream out) {
    int weights = shares.stream().mapToInt(Share::weight).sum();
    out.printf(Locale.ROOT, "%nReplay of a capture with %,d connections of clients%n", flows);
    replay.print(out);
    out.printf(Locale.ROOT, "%nShare of the connections       by weight     got%n");
    for (Share share : shares) {
      double part = (double) share.connections() / flows;
      out.printf(
          Locale.ROOT,
          "  %-10s weight %d          %7.1f %% %5.1f %%  %s%n",
          share.server(),
          share.weight(),
          100.0 * share.weight() / weights,
          100 * part,
          Text.bar(part));
    }
  }

  /**
   * The same as JSON.
   *
   * @param missing what the demo on a network would need
   */
  public String json(List<String> missing) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeArrayFieldStart("missing");
      for (String each : missing) {
        json.writeString(each);
      }
      json.writeEndArray();
      json.writeNumberField("flows", flows);
      json.writeFieldName("replay");
      json.writeRawValue(replay.json());
      json.writeObjectFieldStart("shares");
      for (Share share : shares) {
        json.writeObjectFieldStart(share.server());
        json.writeNumberField("weight", share.weight());
        json.writeNumberField("connections", share.connections());
        json.writeEndObject();
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    return text.toString();
  }
}
