package io.headrace.replay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.forward.Reason;
import io.headrace.forward.Verdict;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.Map;
import java.util.Optional;

/**
 * What became of the frames of a replay.
 *
 * @param frames in the capture file
 * @param forwarded of these
 * @param refused of these, by reason: answered, dropped, or passed to the kernel in a running
 *     balancer
 * @param faults exceptions out of a stage; each frame that met one is counted as dropped
 * @param damage what kept the rest of a damaged file from being replayed
 */
public record ReplayReport(
    long frames, long forwarded, Map<Reason, Long> refused, long faults, Optional<String> damage) {
  private static final JsonFactory JSON = new JsonFactory();

  /** Prints for a person. */
  public void print(PrintStream out) {
    out.printf("%,12d frames in%n", frames);
    out.printf("%,12d forwarded%n", forwarded);
    if (total(Verdict.ANSWER) > 0) {
      print(out, Verdict.ANSWER, "answered");
    }
    print(out, Verdict.DROP, "dropped");
    print(out, Verdict.PASS, "passed to the kernel");
    if (faults > 0) {
      out.printf("%,12d faults of a stage%n", faults);
    }
  }

  private void print(PrintStream out, Verdict verdict, String heading) {
    out.printf("%,12d %s%n", total(verdict), heading);
    refused.forEach(
        (reason, count) -> {
          if (reason.verdict() == verdict) {
            out.printf("%,16d %s: %s%n", count, reason.label(), reason.meaning());
          }
        });
  }

  private long total(Verdict verdict) {
    return refused.entrySet().stream()
        .filter(entry -> entry.getKey().verdict() == verdict)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** The same as JSON. */
  public String json() throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeNumberField("frames_in", frames);
      json.writeNumberField("forwarded", forwarded);
      write(json, "answered", Verdict.ANSWER);
      write(json, "dropped", Verdict.DROP);
      write(json, "passed", Verdict.PASS);
      json.writeNumberField("faults", faults);
      json.writeEndObject();
    }
    return text.toString();
  }

  private void write(JsonGenerator json, String name, Verdict verdict) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("total", total(verdict));
    for (Map.Entry<Reason, Long> entry : refused.entrySet()) {
      if (entry.getKey().verdict() == verdict) {
        json.writeNumberField(entry.getKey().label(), entry.getValue());
      }
    }
    json.writeEndObject();
  }
}
