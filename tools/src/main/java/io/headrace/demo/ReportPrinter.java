package io.headrace.demo;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** What the reports for a person have in common. */
final class ReportPrinter {
  private final PrintStream out;

  ReportPrinter(PrintStream out) {
    this.out = out;
  }

  void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }

  /** A line with an empty one before it. */
  void heading(String format, Object... values) {
    out.println();
    line(format, values);
  }

  /** The heading of {@link #summary}. */
  void summaries() {
    heading("HTTP at a client, at a steady rate  requests   errors      p50      p99    p99.9");
  }

  void summary(String name, Summary summary) {
    line(
        "  %-32s %,9d %,8d %8s %8s %8s",
        name,
        summary.requests(),
        summary.errorCount(),
        Text.time(summary.p50Ns()),
        Text.time(summary.p99Ns()),
        Text.time(summary.p999Ns()));
  }

  /** Requests on the straight path and through Headrace. */
  void summaries(Comparison<Summary> kept, Comparison<Summary> fresh) {
    summaries();
    summary("connections kept, straight", kept.straight());
    summary("                  Headrace", kept.headrace());
    summary("a connection each, straight", fresh.straight());
    summary("                   Headrace", fresh.headrace());
  }

  /** What each server got of all connections, and should have by its weight. */
  void shares(List<Share> shares) {
    long all = shares.stream().mapToLong(Share::connections).sum();
    int weights = shares.stream().mapToInt(Share::weight).sum();
    heading("%-30s %9s %7s", "Share of %,d connections".formatted(all), "by weight", "got");
    for (Share share : shares) {
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

  /**
   * The end.
   *
   * @param good what to say where there are no problems
   */
  void verdict(List<String> problems, String good) {
    if (problems.isEmpty()) {
      heading("Good: %s", good);
    } else {
      heading("Failed:");
      problems.forEach(problem -> line("  %s", problem));
    }
  }
}
