package io.headrace.perf.compare;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All results for programs: the machine, the medians, and what every single run has shown. */
final class ResultJson {
  private static final JsonFactory JSON = new JsonFactory();

  private final JsonGenerator json;

  private ResultJson(JsonGenerator json) {
    this.json = json;
  }

  static String of(Machine machine, Timing timing, List<Results> all) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      ResultJson result = new ResultJson(json);
      json.writeStartObject();
      result.machine(machine);
      result.timing(timing);
      json.writeArrayFieldStart("scenarios");
      for (Results results : all) {
        result.scenario(results);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    return text.append("\n").toString();
  }

  private void machine(Machine machine) throws IOException {
    json.writeObjectFieldStart("machine");
    json.writeStringField("cpu", machine.cpu());
    json.writeNumberField("cores", machine.cores());
    json.writeStringField("kernel", machine.kernel());
    json.writeStringField("time", machine.time().toString());
    json.writeObjectFieldStart("programs");
    for (Map.Entry<String, String> program : machine.programs().entrySet()) {
      json.writeStringField(program.getKey(), program.getValue());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private void timing(Timing timing) throws IOException {
    json.writeNumberField("rounds", timing.rounds());
    json.writeNumberField("seconds", timing.seconds());
    json.writeNumberField("warmup_seconds", timing.warmup());
    json.writeNumberField("disturbed_above_steal", Sample.MOST_STEAL);
  }

  private void scenario(Results results) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", results.scenario().name());
    json.writeStringField("description", results.scenario().description());
    json.writeObjectFieldStart("figures");
    for (Figure figure : results.scenario().figures()) {
      json.writeObjectFieldStart(figure.key());
      json.writeStringField("label", figure.label());
      json.writeStringField("unit", figure.unit());
      json.writeBooleanField("higher_is_better", figure.higherIsBetter());
      json.writeEndObject();
    }
    json.writeEndObject();
    contestants(results);
    ratios(results);
    runs(results);
    json.writeEndObject();
  }

  private void contestants(Results results) throws IOException {
    json.writeObjectFieldStart("contestants");
    for (String contestant : results.contestants()) {
      json.writeObjectFieldStart(contestant);
      if (results.hasFailed(contestant)) {
        json.writeStringField("failed", results.failures().get(contestant));
      } else {
        json.writeBooleanField("disturbed_rounds_left_out", results.leavesOutDisturbed(contestant));
      }
      for (Figure figure : results.scenario().figures()) {
        spread(figure.key(), results.spread(contestant, figure));
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  /** By contestant, then by peer. */
  private void ratios(Results results) throws IOException {
    List<String> peers = results.scenario().peers();
    json.writeObjectFieldStart("ratios");
    for (String contestant : results.contestants()) {
      if (!peers.isEmpty() && !peers.contains(contestant)) {
        json.writeObjectFieldStart(contestant);
        for (String peer : peers) {
          spread(peer, results.ratio(contestant, peer));
        }
        json.writeEndObject();
      }
    }
    json.writeEndObject();
  }

  private void spread(String name, Optional<Spread> spread) throws IOException {
    if (spread.isPresent()) {
      json.writeObjectFieldStart(name);
      json.writeNumberField("median", spread.get().median());
      json.writeNumberField("min", spread.get().min());
      json.writeNumberField("max", spread.get().max());
      json.writeEndObject();
    }
  }

  private void runs(Results results) throws IOException {
    json.writeArrayFieldStart("runs");
    for (Measurement measurement : results.measurements()) {
      json.writeStartObject();
      json.writeNumberField("round", measurement.round());
      json.writeStringField("contestant", measurement.contestant());
      json.writeNumberField("steal", measurement.sample().steal());
      json.writeBooleanField("disturbed", measurement.isDisturbed());
      for (Figure figure : results.scenario().figures()) {
        if (measurement.has(figure)) {
          json.writeNumberField(figure.key(), measurement.value(figure));
        }
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
