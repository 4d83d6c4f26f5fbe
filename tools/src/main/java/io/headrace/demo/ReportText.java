package io.headrace.demo;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The report for a person. */
final class ReportText {
  private final Report report;
  private final PrintStream out;

  ReportText(Report report, PrintStream out) {
    this.report = report;
    this.out = out;
  }

  void print() {
    line("");
    line(
        "Passthrough (%s), one client, three servers, each in a namespace of its own",
        report.options().io().name().toLowerCase(Locale.ROOT));
    latency();
    flatOut();
    shares();
    outage();
    restart();
    stages();
    frames();
    verdict();
  }

  private void latency() {
    heading("HTTP at a client, at a steady rate  requests   errors      p50      p99    p99.9");
    summary("connections kept, straight", report.latency().kept().straight());
    summary("                  Headrace", report.latency().kept().headrace());
    summary("a connection each, straight", report.latency().fresh().straight());
    summary("                   Headrace", report.latency().fresh().headrace());
  }

  private void summary(String name, Summary summary) {
    line(
        "  %-32s %,9d %,8d %8s %8s %8s",
        name,
        summary.requests(),
        summary.errorCount(),
        Text.time(summary.p50Ns()),
        Text.time(summary.p99Ns()),
        Text.time(summary.p999Ns()));
  }

  private void flatOut() {
    heading("Requests a second, flat out             straight   through Headrace");
    rate("connections kept", report.flatOut().kept());
    rate("a connection each", report.flatOut().fresh());
  }

  private void rate(String name, Comparison<Wrk> rates) {
    line(
        "  %-36s %,9.0f   %,9.0f%s",
        name,
        rates.straight().perSecond(),
        rates.headrace().perSecond(),
        rates.straight().perSecond() == 0
            ? ""
            : "  (%.0f %%)"
                .formatted(100 * rates.headrace().perSecond() / rates.straight().perSecond()));
  }

  private void shares() {
    long all = report.latency().shares().stream().mapToLong(Share::connections).sum();
    int weights = report.latency().shares().stream().mapToInt(Share::weight).sum();
    heading("%-30s %9s %7s", "Share of %,d connections".formatted(all), "by weight", "got");
    for (Share share : report.latency().shares()) {
      double part = all == 0 ? 0 : (double) share.connections() / all;
      line(
          "  %-10s weight %d          %7.1f %% %5.1f %%  %s",
          share.server(),
          share.weight(),
          100.0 * share.weight() / weights,
          100 * part,
          Text.bar(part));
    }
  }

  private void outage() {
    Outage outage = report.outage();
    heading("%s stopped and started again under traffic", outage.server());
    line(
        "  out after %s: %,d answers, errors: %s",
        Text.time(outage.outAfterNs()),
        outage.requestsBefore(),
        Summary.describe(outage.errorsBefore()));
    line(
        "  while out: %,d answers, errors: %s",
        outage.requestsWithout(), Summary.describe(outage.unexplained()));
    line(
        "  back after %s: %,d answers from it since",
        Text.time(outage.backAfterNs()), outage.servedAgain());
  }

  private void restart() {
    Restart restart = report.restart();
    heading("Balancer stopped and started again under traffic");
    line(
        "  stopped in %s, forwarding again after another %s",
        Text.time(restart.stopNs()), Text.time(restart.startNs()));
    line(
        "  running downloads of %.1f MB: %d of %d whole and right",
        restart.bytes() / 1e6,
        restart.downloads() - restart.failures().size(),
        restart.downloads());
    restart.failures().forEach(failure -> line("    %s", failure));
    line(
        "  open connections: %,d requests, the longest %s, errors: %s",
        restart.kept().requests(),
        Text.time(restart.kept().maxNs()),
        Summary.describe(restart.kept().errors()));
    line(
        "  new connections: %,d requests, the longest %s, errors: %s",
        restart.fresh().requests(),
        Text.time(restart.fresh().maxNs()),
        Summary.describe(restart.fresh().errors()));
  }

  private void stages() {
    heading("Time of a frame in each stage         frames      p50      p99    p99.9      max");
    for (BalancerStats.Stage stage : report.stages()) {
      line(
          "  %-32s %,9d %8s %8s %8s %8s",
          stage.name().replace('_', ' '),
          stage.count(),
          Text.time(stage.p50Ns()),
          Text.time(stage.p99Ns()),
          Text.time(stage.p999Ns()),
          Text.time(stage.maxNs()));
    }
  }

  private void frames() {
    BalancerStats frames = report.frames();
    heading("Frames");
    line("  received %,d, forwarded %,d", frames.received(), frames.forwarded());
    line("  dropped: %s", reasons(frames.dropped()));
    line("  left to the kernel: %s", reasons(frames.passed()));
    report.options().pcap().ifPresent(file -> line("  kept, but for those flat out: %s", file));
  }

  private static String reasons(Map<String, Long> counts) {
    return counts.isEmpty()
        ? "none"
        : counts.entrySet().stream()
            .map(entry -> "%s %,d".formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
  }

  private void verdict() {
    line("");
    if (report.problems().isEmpty()) {
      line("Good: every body was right, and no server that was out got a request.");
    } else {
      line("Failed:");
      report.problems().forEach(problem -> line("  %s", problem));
    }
  }

  private void heading(String format, Object... values) {
    line("");
    line(format, values);
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }
}
