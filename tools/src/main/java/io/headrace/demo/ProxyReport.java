package io.headrace.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the demo of mode proxy has found.
 *
 * @param on what the proxy ran on
 * @param kept requests on connections that are kept
 * @param fresh requests with a connection each
 * @param shares of connections, by server
 * @param stopped the server that was stopped
 * @param cut errors of requests that were under way at the stopped server, or on a connection kept
 *     to it
 * @param unexplained errors of requests with a connection of their own that began after the stop
 * @param servedAgain answers of that server after its return
 * @param reloaded errors over a change of the configuration
 * @param download what went wrong with a download over the order to stop; empty when nothing did
 * @param bytes of the download
 * @param refused whether a new connection was refused meanwhile
 * @param status of the proxy's exit
 */
public record ProxyReport(
    String on,
    Comparison<Summary> kept,
    Comparison<Summary> fresh,
    List<Share> shares,
    String stopped,
    Map<Fault, Long> cut,
    Map<Fault, Long> unexplained,
    long servedAgain,
    Map<Fault, Long> reloaded,
    String download,
    int bytes,
    boolean refused,
    int status) {
  private static final JsonFactory JSON = new JsonFactory();

  /** What must not be, a line each; empty when the demo has gone well. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    problem(problems, "with all servers up", kept.headrace().errors());
    problem(problems, "with all servers up", fresh.headrace().errors());
    problem(problems, "on the straight path", kept.straight().errors());
    problem(problems, "on the straight path", fresh.straight().errors());
    shares.stream()
        .filter(share -> share.connections() == 0)
        .forEach(share -> problems.add(share.server() + " got no connection while all were up"));
    problem(problems, "of new connections while " + stopped + " was down", unexplained);
    if (servedAgain == 0) {
      problems.add(stopped + " got no requests after its return");
    }
    problem(problems, "over a change of the configuration", reloaded);
    if (!download.isEmpty()) {
      problems.add("download over the stop: " + download);
    }
    if (!refused) {
      problems.add("a proxy that was told to stop let a client in");
    }
    if (status != 0) {
      problems.add("the proxy ended with status " + status);
    }
    return problems;
  }

  private static void problem(List<String> problems, String when, Map<Fault, Long> errors) {
    if (!errors.isEmpty()) {
      problems.add("errors " + when + ": " + Summary.describe(errors));
    }
  }

  /** Prints for a person. */
  public void print(PrintStream stream) {
    ReportPrinter out = new ReportPrinter(stream);
    out.heading("Proxy on %s, one client, three servers, all on this machine, without root", on);
    out.summaries(kept, fresh);
    out.shares(shares);
    out.heading("%s stopped and started again under traffic", stopped);
    out.line(
        "  requests that it was at, or on a connection to it: errors: %s", Summary.describe(cut));
    out.line(
        "  requests with a connection of their own: errors: %s", Summary.describe(unexplained));
    out.line("  answers from it since its return: %,d", servedAgain);
    out.heading("Configuration changed under traffic: errors: %s", Summary.describe(reloaded));
    out.heading("Told to stop in the middle of a download of %.1f MB", bytes / 1e6);
    out.line("  %s", download.isEmpty() ? "the download ended whole and right" : download);
    out.line("  new connections: %s", refused ? "refused" : "let in");
    out.line("  exit status %d", status);
    out.verdict(
        problems(), "every body was right, and no new connection noticed a server that was down.");
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
      json.writeStringField("on", on);
      json.writeObjectFieldStart("latency");
      kept.straight().write(json, "connections_kept_straight");
      kept.headrace().write(json, "connections_kept");
      fresh.straight().write(json, "connection_each_straight");
      fresh.headrace().write(json, "connection_each");
      json.writeEndObject();
      Share.write(json, shares);
      json.writeObjectFieldStart("outage");
      json.writeStringField("server", stopped);
      json.writeNumberField("cut", Summary.count(cut));
      json.writeNumberField("unexplained_errors", Summary.count(unexplained));
      json.writeNumberField("answers_of_it_again", servedAgain);
      json.writeEndObject();
      json.writeNumberField("reload_errors", Summary.count(reloaded));
      json.writeObjectFieldStart("stop");
      json.writeBooleanField("download_right", download.isEmpty());
      json.writeNumberField("download_bytes", bytes);
      json.writeBooleanField("new_connections_refused", refused);
      json.writeNumberField("exit_status", status);
      json.writeEndObject();
      json.writeEndObject();
    }
    return text.toString();
  }
}
