package io.headrace.demo;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The report for a person. */
final class ReportText {
  private final Report report;
  private final ReportPrinter out;

  ReportText(Report report, PrintStream out) {
    this.report = report;
    this.out = new ReportPrinter(out);
  }

  void print() {
    out.heading(
        "Passthrough (%s), one client, three servers, each in a namespace of its own",
        report.options().io().name().toLowerCase(Locale.ROOT));
    out.summaries(report.latency().kept(), report.latency().fresh());
    flatOut();
    out.shares(report.latency().shares());
    outage();
    restart();
    stages();
    frames();
    out.verdict(
        report.problems(), "every body was right, and no server that was out got a request.");
  }

  private void flatOut() {
    out.heading("Requests a second, flat out             straight   through Headrace");
    rate("connections kept", report.flatOut().kept());
    rate("a connection each", report.flatOut().fresh());
  }

  private void rate(String name, Comparison<Wrk> rates) {
    out.line(
        "  %-36s %,9.0f   %,9.0f%s",
        name,
        rates.straight().perSecond(),
        rates.headrace().perSecond(),
        rates.straight().perSecond() == 0
            ? ""
            : "  (%.0f %%)"
                .formatted(100 * rates.headrace().perSecond() / rates.straight().perSecond()));
  }

  private void outage() {
    Outage outage = report.outage();
    out.heading("%s stopped and started again under traffic", outage.server());
    out.line(
        "  out after %s: %,d answers, errors: %s",
        Text.time(outage.outAfterNs()),
        outage.requestsBefore(),
        Summary.describe(outage.errorsBefore()));
    out.line(
        "  while out: %,d answers, errors: %s",
        outage.requestsWithout(), Summary.describe(outage.unexplained()));
    out.line(
        "  back after %s: %,d answers from it since",
        Text.time(outage.backAfterNs()), outage.servedAgain());
  }

  private void restart() {
    Restart restart = report.restart();
    out.heading("Balancer stopped and started again under traffic");
    out.line(
        "  stopped in %s, forwarding again after another %s",
        Text.time(restart.stopNs()), Text.time(restart.startNs()));
    out.line(
        "  running downloads of %.1f MB: %d of %d whole and right",
        restart.bytes() / 1e6,
        restart.downloads() - restart.failures().size(),
        restart.downloads());
    restart.failures().forEach(failure -> out.line("    %s", failure));
    out.line(
        "  open connections: %,d requests, the longest %s, errors: %s",
        restart.kept().requests(),
        Text.time(restart.kept().maxNs()),
        Summary.describe(restart.kept().errors()));
    out.line(
        "  new connections: %,d requests, the longest %s, errors: %s",
        restart.fresh().requests(),
        Text.time(restart.fresh().maxNs()),
        Summary.describe(restart.fresh().errors()));
  }

  private void stages() {
    out.heading("Time of a frame in each stage         frames      p50      p99    p99.9      max");
    for (BalancerStats.Stage stage : report.stages()) {
      out.line(
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
    out.heading("Frames");
    out.line("  received %,d, forwarded %,d", frames.received(), frames.forwarded());
    out.line("  forwarded by the kernel alone (offload): %,d", frames.offloaded());
    out.line("  dropped: %s", reasons(frames.dropped()));
    out.line("  left to the kernel: %s", reasons(frames.passed()));
    report.options().pcap().ifPresent(file -> out.line("  kept, but for those flat out: %s", file));
  }

  private static String reasons(Map<String, Long> counts) {
    return counts.isEmpty()
        ? "none"
        : counts.entrySet().stream()
            .map(entry -> "%s %,d".formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
  }
}
