package io.headrace.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.replay.ReplayReport;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

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
  public void print(PrintStream stream) {
    ReportPrinter out = new ReportPrinter(stream);
    out.heading("Replay of a capture with %,d connections of clients", flows);
    replay.print(stream);
    out.shares(shares);
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
      Share.write(json, shares);
      json.writeEndObject();
    }
    return text.toString();
  }
}
