package io.headrace.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The report for programs. Times are in nanoseconds. */
final class ReportJson {
  private static final JsonFactory JSON = new JsonFactory();

  private final JsonGenerator json;

  private ReportJson(JsonGenerator json) {
    this.json = json;
  }

  static String of(Report report) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      new ReportJson(json).write(report);
    }
    return text.toString();
  }

  private void write(Report report) throws IOException {
    json.writeStartObject();
    json.writeBooleanField("good", report.problems().isEmpty());
    json.writeArrayFieldStart("problems");
    for (String problem : report.problems()) {
      json.writeString(problem);
    }
    json.writeEndArray();
    json.writeStringField("io", report.options().io().name().toLowerCase(Locale.ROOT));
    json.writeObjectFieldStart("latency");
    summaries("connections_kept", report.latency().kept());
    summaries("connection_each", report.latency().fresh());
    json.writeEndObject();
    json.writeObjectFieldStart("flat_out");
    rates("connections_kept", report.flatOut().kept());
    rates("connection_each", report.flatOut().fresh());
    json.writeEndObject();
    Share.write(json, report.latency().shares());
    outage(report.outage());
    restart(report.restart());
    stages(report.stages());
    frames(report.frames());
    json.writeEndObject();
  }

  private void summaries(String name, Comparison<Summary> summaries) throws IOException {
    json.writeObjectFieldStart(name);
    summaries.straight().write(json, "straight");
    summaries.headrace().write(json, "headrace");
    json.writeEndObject();
  }

  private void rates(String name, Comparison<Wrk> rates) throws IOException {
    json.writeObjectFieldStart(name);
    rate("straight", rates.straight());
    rate("headrace", rates.headrace());
    json.writeEndObject();
  }

  private void rate(String name, Wrk rate) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("requests_per_second", rate.perSecond());
    json.writeNumberField("errors", rate.errors());
    json.writeNumberField("wrong_bodies", rate.wrongBodies());
    json.writeEndObject();
  }

  private void outage(Outage outage) throws IOException {
    json.writeObjectFieldStart("outage");
    json.writeStringField("server", outage.server());
    json.writeNumberField("out_after_ns", outage.outAfterNs());
    json.writeNumberField("answers_before", outage.requestsBefore());
    Summary.writeErrors(json, "errors_before", outage.errorsBefore());
    json.writeNumberField("answers_without", outage.requestsWithout());
    Summary.writeErrors(json, "unexplained_errors", outage.unexplained());
    json.writeNumberField("back_after_ns", outage.backAfterNs());
    json.writeNumberField("answers_of_it_again", outage.servedAgain());
    json.writeEndObject();
  }

  private void restart(Restart restart) throws IOException {
    json.writeObjectFieldStart("restart");
    json.writeNumberField("stop_ns", restart.stopNs());
    json.writeNumberField("start_ns", restart.startNs());
    json.writeNumberField("downloads", restart.downloads());
    json.writeNumberField("downloads_right", restart.downloads() - restart.failures().size());
    json.writeNumberField("download_bytes", restart.bytes());
    restart.kept().write(json, "connections_kept");
    restart.fresh().write(json, "connection_each");
    json.writeEndObject();
  }

  private void stages(List<BalancerStats.Stage> stages) throws IOException {
    json.writeObjectFieldStart("stages");
    for (BalancerStats.Stage stage : stages) {
      json.writeObjectFieldStart(stage.name());
      json.writeNumberField("count", stage.count());
      json.writeNumberField("p50_ns", stage.p50Ns());
      json.writeNumberField("p99_ns", stage.p99Ns());
      json.writeNumberField("p999_ns", stage.p999Ns());
      json.writeNumberField("max_ns", stage.maxNs());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private void frames(BalancerStats frames) throws IOException {
    json.writeObjectFieldStart("frames");
    json.writeNumberField("received", frames.received());
    json.writeNumberField("forwarded", frames.forwarded());
    json.writeNumberField("offloaded", frames.offloaded());
    numbers("dropped", frames.dropped());
    numbers("passed", frames.passed());
    json.writeEndObject();
  }

  private void numbers(String name, Map<String, Long> numbers) throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, Long> entry : numbers.entrySet()) {
      json.writeNumberField(entry.getKey(), entry.getValue());
    }
    json.writeEndObject();
  }
}
