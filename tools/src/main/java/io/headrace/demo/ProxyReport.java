package io.headrace.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
  public void print(PrintStream out) {
    line(out, "");
    line(out, "Proxy on %s, one client, three servers, all on this machine, without root", on);
    line(out, "");
    line(out, "HTTP at a client, at a steady rate  requests   errors      p50      p99    p99.9");
    summary(out, "connections kept, straight", kept.straight());
    summary(out, "                  Headrace", kept.headrace());
    summary(out, "a connection each, straight", fresh.straight());
    summary(out, "                   Headrace", fresh.headrace());
    long all = shares.stream().mapToLong(Share::connections).sum();
    int weights = shares.stream().mapToInt(Share::weight).sum();
    line(out, "");
    line(out, "%-30s %9s %7s", "Share of %,d connections".formatted(all), "by weight", "got");
    for (Share share : shares) {
      double part = all == 0 ? 0 : (double) share.connections() / all;
      line(
          out,
          "  %-10s weight %d          %7.1f %% %5.1f %%  %s",
          share.server(),
          share.weight(),
          100.0 * share.weight() / weights,
          100 * part,
          Text.bar(part));
    }
    line(out, "");
    line(out, "%s stopped and started again under traffic", stopped);
    line(out, "  requests that it was at, or on a connection to it: errors: %s", text(cut));
    line(out, "  requests with a connection of their own: errors: %s", text(unexplained));
    line(out, "  answers from it since its return: %,d", servedAgain);
    line(out, "");
    line(out, "Configuration changed under traffic: errors: %s", text(reloaded));
    line(out, "");
    line(out, "Told to stop in the middle of a download of %.1f MB", bytes / 1e6);
    line(out, "  %s", download.isEmpty() ? "the download ended whole and right" : download);
    line(out, "  new connections: %s", refused ? "refused" : "let in");
    line(out, "  exit status %d", status);
    line(out, "");
    if (problems().isEmpty()) {
      line(
          out, "Good: every body was right, and no new connection noticed a server that was down.");
    } else {
      line(out, "Failed:");
      problems().forEach(problem -> line(out, "  %s", problem));
    }
  }

  private static String text(Map<Fault, Long> errors) {
    return Summary.describe(errors);
  }

  private static void summary(PrintStream out, String name, Summary summary) {
    line(
        out,
        "  %-32s %,9d %,8d %8s %8s %8s",
        name,
        summary.requests(),
        summary.errorCount(),
        Text.time(summary.p50Ns()),
        Text.time(summary.p99Ns()),
        Text.time(summary.p999Ns()));
  }

  private static void line(PrintStream out, String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
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
      write(json, "connections_kept_straight", kept.straight());
      write(json, "connections_kept", kept.headrace());
      write(json, "connection_each_straight", fresh.straight());
      write(json, "connection_each", fresh.headrace());
      json.writeEndObject();
      json.writeObjectFieldStart("shares");
      for (Share share : shares) {
        json.writeObjectFieldStart(share.server());
        json.writeNumberField("weight", share.weight());
        json.writeNumberField("connections", share.connections());
        json.writeEndObject();
      }
      json.writeEndObject();
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

  private static void write(JsonGenerator json, String name, Summary summary) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("requests", summary.requests());
    json.writeNumberField("errors", summary.errorCount());
    json.writeNumberField("p50_ns", summary.p50Ns());
    json.writeNumberField("p99_ns", summary.p99Ns());
    json.writeNumberField("p999_ns", summary.p999Ns());
    json.writeNumberField("max_ns", summary.maxNs());
    json.writeEndObject();
  }
}
