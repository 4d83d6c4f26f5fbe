package io.headrace.profile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.headrace.bpf.ProgramRuns;
import io.headrace.cli.CommandFailure;
import io.headrace.counters.Event;
import io.headrace.counters.FrameTrace;
import io.headrace.counters.TimesView;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A profile as JSON, and what of it is compared. */
final class ProfileJson {
  static final String FILE = "profile.json";
  static final List<String> STAGES =
      List.of("kernel", "capture", "ring_wait", "worker", "transmit_wait", "transmit");
  private static final JsonFactory JSON = new JsonFactory();

  private ProfileJson() {}

  static void write(Profile profile, OutputStream out) throws IOException {
    JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter();
    json.writeStartObject();
    json.writeStringField("subject", profile.subject());
    json.writeStringField("started", profile.started().toString());
    json.writeNumberField("seconds", profile.seconds());
    json.writeNumberField("frames_received", profile.received());
    json.writeNumberField("frames_forwarded", profile.forwarded());
    json.writeNumberField("frames_offloaded", profile.offloaded());
    json.writeObjectFieldStart("programs");
    for (Map.Entry<String, ProgramRuns> program : profile.programs().entrySet()) {
      json.writeObjectFieldStart(program.getKey());
      json.writeNumberField("runs", program.getValue().count());
      json.writeNumberField("mean_ns", Math.round(program.getValue().meanNs()));
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeObjectFieldStart("stages");
    for (Map.Entry<String, TimesView> stage : profile.stages().entrySet()) {
      TimesView times = stage.getValue();
      json.writeObjectFieldStart(stage.getKey());
      json.writeNumberField("count", times.count());
      json.writeNumberField("mean_ns", Math.round(times.meanNs()));
      json.writeNumberField("p50_ns", times.percentileNs(50));
      json.writeNumberField("p99_ns", times.percentileNs(99));
      json.writeNumberField("p999_ns", times.percentileNs(99.9));
      json.writeNumberField("max_ns", times.maxNs());
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeObjectFieldStart("frames");
    writeTrace("p50", profile.trace(50), json);
    writeTrace("p999", profile.trace(99.9), json);
    json.writeEndObject();
    json.writeNumberField("traces_lost", profile.tracesLost());
    json.writeArrayFieldStart("events");
    for (Event event : profile.events()) {
      json.writeStartObject();
      json.writeStringField("kind", event.kind().label());
      json.writeStringField("where", event.where());
      json.writeNumberField("at_ns", event.startNs() - profile.startNs());
      json.writeNumberField("ns", event.durationNs());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
    json.flush();
    out.write('\n');
  }

  private static void writeTrace(String name, Optional<FrameTrace> trace, JsonGenerator json)
      throws IOException {
    if (trace.isPresent()) {
      json.writeObjectFieldStart(name);
      for (int i = 0; i < STAGES.size(); i++) {
        json.writeNumberField(STAGES.get(i) + "_ns", trace.get().stagesNs()[i]);
      }
      json.writeEndObject();
    }
  }

  /**
   * The times of each stage in a profile that was written, by name.
   *
   * @param profile its folder, or the file in it
   */
  static Map<String, Map<String, Double>> readStages(Path profile) throws IOException {
    Path file = Files.isDirectory(profile) ? profile.resolve(FILE) : profile;
    Map<String, Map<String, Double>> stages = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(file.toFile())) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new CommandFailure(file + " is no profile");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean found = json.currentName().equals("stages");
        json.nextToken();
        if (!found) {
          json.skipChildren();
          continue;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          Map<String, Double> times = new LinkedHashMap<>();
          stages.put(json.currentName(), times);
          json.nextToken();
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            times.put(name, json.getDoubleValue());
          }
        }
      }
    } catch (com.fasterxml.jackson.core.JsonParseException e) {
      throw new CommandFailure(file + " is no profile: " + e.getOriginalMessage());
    }
    if (stages.isEmpty()) {
      throw new CommandFailure(file + " is no profile, or has no times");
    }
    return stages;
  }
}
