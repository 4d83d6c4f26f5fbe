package io.headrace.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the demo of mode dsr has found.
 *
 * @param client its address
 * @param kept requests on connections that are kept
 * @param fresh requests with a connection each
 * @param shares of connections, by server
 * @param seen the clients that each server was connected to at one moment
 * @param through downloads in passthrough
 * @param past the same in mode dsr
 */
public record DsrReport(
    String client,
    Summary kept,
    Summary fresh,
    List<Share> shares,
    Map<String, Set<String>> seen,
    Downloads through,
    Downloads past) {
  private static final JsonFactory JSON = new JsonFactory();

  /** Acknowledgements and checks are far less. */
  private static final int MOST_PERCENT = 10;

  /**
   * Downloads, and what crossed interfaces meanwhile, in bytes of whole frames.
   *
   * @param bytes of all bodies
   * @param failure what went wrong; empty when every body came whole and right
   * @param clientReceived by the client's interface
   * @param balancerReceived by the balancer's
   * @param balancerSent by the balancer's
   */
  record Downloads(
      long bytes, String failure, long clientReceived, long balancerReceived, long balancerSent) {

    private boolean crossed() {
      return Math.max(balancerReceived, balancerSent) > bytes * MOST_PERCENT / 100;
    }
  }

  /** What must not be, a line each; empty when the demo has gone well. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    for (Summary each : List.of(kept, fresh)) {
      if (!each.errors().isEmpty()) {
        problems.add("errors: " + Summary.describe(each.errors()));
      }
    }
    shares.stream()
        .filter(share -> share.connections() == 0)
        .forEach(share -> problems.add(share.server() + " got no connection"));
    new TreeMap<>(seen)
        .forEach(
            (server, clients) -> {
              if (!clients.equals(Set.of(client))) {
                problems.add("%s sees as its clients: %s".formatted(server, clients));
              }
            });
    for (Downloads each : List.of(through, past)) {
      if (!each.failure.isEmpty()) {
        problems.add("download: " + each.failure);
      }
    }
    if (past.crossed()) {
      problems.add("answers crossed the balancer in mode dsr");
    }
    if (!through.crossed()) {
      problems.add("answers went past the balancer in passthrough");
    }
    return problems;
  }

  /** Prints for a person. */
  public void print(PrintStream stream) {
    ReportPrinter out = new ReportPrinter(stream);
    out.heading("Direct server return (l2), one client, three servers, on one switch");
    out.summaries();
    out.summary("connections kept", kept);
    out.summary("a connection each", fresh);
    out.heading("Connections by server, and whom the server sees");
    for (Share share : shares) {
      out.line(
          "  %-10s %,7d   %s",
          share.server(),
          share.connections(),
          String.join(", ", seen.getOrDefault(share.server(), Set.of())));
    }
    out.heading("%-30s %15s %15s", "Downloads, each byte compared", "passthrough", "dsr");
    row(out, "bodies", through.bytes, past.bytes);
    row(out, "the client received", through.clientReceived, past.clientReceived);
    row(out, "the balancer received", through.balancerReceived, past.balancerReceived);
    row(out, "the balancer sent", through.balancerSent, past.balancerSent);
    out.verdict(
        problems(), "every body was right, and no answer crossed the balancer in mode dsr.");
  }

  private static void row(ReportPrinter out, String name, long passthrough, long dsr) {
    out.line("  %-28s %15s %15s", name, Text.bytes(passthrough), Text.bytes(dsr));
  }

  /** The same as JSON; times are in nanoseconds. */
  public String json() throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeBooleanField("good", problems().isEmpty());
      json.writeArrayFieldStart("problems");
      for (String problem : problems()) {
        json.writeString(problem);
      }
      json.writeEndArray();
      kept.write(json, "connections_kept");
      fresh.write(json, "connection_each");
      json.writeObjectFieldStart("connections");
      for (Share share : shares) {
        json.writeNumberField(share.server(), share.connections());
      }
      json.writeEndObject();
      write(json, "downloads_passthrough", through);
      write(json, "downloads_dsr", past);
      json.writeEndObject();
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, String name, Downloads downloads)
      throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("bytes", downloads.bytes);
    json.writeBooleanField("right", downloads.failure.isEmpty());
    json.writeNumberField("client_received", downloads.clientReceived);
    json.writeNumberField("balancer_received", downloads.balancerReceived);
    json.writeNumberField("balancer_sent", downloads.balancerSent);
    json.writeEndObject();
  }
}
