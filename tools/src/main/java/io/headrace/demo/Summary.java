package io.headrace.demo;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Requests in figures. Times are in nanoseconds, from the moment that a request was due to the last
 * byte of its body: with a connection for each request, its making included; of a connection that
 * is kept, the first request has no time.
 *
 * @param requests right answers and errors
 * @param errors of these, by kind
 */
record Summary(
    long requests, Map<Fault, Long> errors, long p50Ns, long p99Ns, long p999Ns, long maxNs) {

  long errorCount() {
    return count(errors);
  }

  static long count(Map<Fault, Long> errors) {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Such as {@code 41 (40 refused, 1 reset)}. */
  static String describe(Map<Fault, Long> errors) {
    return errors.isEmpty()
        ? "0"
        : "%,d (%s)"
            .formatted(
                count(errors),
                errors.entrySet().stream()
                    .map(entry -> "%,d %s".formatted(entry.getValue(), entry.getKey().label()))
                    .collect(Collectors.joining(", ")));
  }

  /** Writes it as a field. */
  void write(JsonGenerator json, String name) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("requests", requests);
    writeErrors(json, "errors", errors);
    json.writeNumberField("p50_ns", p50Ns);
    json.writeNumberField("p99_ns", p99Ns);
    json.writeNumberField("p999_ns", p999Ns);
    json.writeNumberField("max_ns", maxNs);
    json.writeEndObject();
  }

  /** Writes errors by kind as a field. */
  static void writeErrors(JsonGenerator json, String name, Map<Fault, Long> errors)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<Fault, Long> entry : errors.entrySet()) {
      json.writeNumberField(entry.getKey().label(), entry.getValue());
    }
    json.writeEndObject();
  }
}
