package io.headrace.monitor;

import io.headrace.admin.ServerState;
import io.headrace.counters.CountersFiles;
import io.headrace.counters.CountersView;
import io.headrace.counters.Counts;
import io.headrace.counters.Directory;
import io.headrace.counters.DistinctError;
import io.headrace.counters.Draining;
import io.headrace.counters.Event;
import io.headrace.counters.Metric;
import io.headrace.counters.TimesView;
import io.headrace.monitor.Line.Style;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Lays out what a balancer has counted: totals since its start, or what came a second between two
 * moments. It fits 80 columns; names use what a wider terminal has more.
 */
public final class Screen {
  private static final int NARROWEST = 80;

  /** Of the columns of a table that use what a wider terminal has more. */
  private static final int NAME = 18;

  private static final int ADDRESS = 21;

  private final CountersView view;
  private final Moment now;
  private final Optional<Moment> before;
  private final double seconds;
  private final int name;
  private final int address;
  private final int width;
  private final List<Line> lines = new ArrayList<>();

  private Screen(CountersView view, Moment now, Optional<Moment> before, int width) {
    this.view = view;
    this.now = now;
    this.before = before;
    this.seconds = before.map(then -> Math.max(1, now.atNs() - then.atNs()) / 1e9).orElse(1.0);
    this.width = Math.max(width, NARROWEST);
    int more = this.width - NARROWEST;
    this.name = NAME + more / 2;
    this.address = ADDRESS + more - more / 2;
  }

  /**
   * The lines for a moment.
   *
   * @param before what rates are counted from; empty for totals
   * @param width of the terminal; lines are not cut to it
   */
  public static List<Line> lines(
      CountersView view, Moment now, Optional<Moment> before, int width) {
    Screen screen = new Screen(view, now, before, width);
    screen.title();
    screen.draining();
    screen.frontends();
    screen.servers();
    if (now.counts().has(Metric.FRAMES_RECEIVED)) {
      screen.frames();
      screen.flows();
      screen.stages();
    }
    if (now.counts().has(Metric.FRONTEND_ENDS)) {
      screen.proxied();
    }
    screen.stalls();
    screen.errors();
    return screen.lines;
  }

  private void title() {
    boolean alive = view.isAlive();
    String state =
        alive
            ? "up " + age(Duration.between(view.created(), Instant.now()))
            : "has ended; these are its last counts";
    String who = "headrace " + view.pid() + ", ";
    String config = shortenPath(view.config(), width - who.length() - 2 - state.length());
    add(alive ? Style.PLAIN : Style.WARNING, who + config + ", " + state);
  }

  /** Of a file its name says most. */
  private static String shortenPath(String path, int length) {
    return path.length() <= length ? path : "…" + path.substring(path.length() - length + 1);
  }

  /** This one, if it does, and those that it has followed. */
  private void draining() {
    view.draining().filter(_ -> view.isAlive()).ifPresent(this::draining);
    CountersFiles.drainingBeside(view).forEach(this::draining);
  }

  private void draining(Draining process) {
    add(
        Style.WARNING,
        "process %d has drained for %s; connections that it still has: %s"
            .formatted(
                process.pid(),
                age(Duration.between(process.since(), Instant.now())),
                Quantity.of(process.connections())));
  }

  private static String age(Duration age) {
    return age.toHours() > 0
        ? "%d h %02d min".formatted(age.toHours(), age.toMinutesPart())
        : "%d min %02d s".formatted(age.toMinutes(), age.toSecondsPart());
  }

  private void frontends() {
    heading("FRONTEND", "MODE", "LISTENS ON");
    for (Directory.Frontend each : now.directory().frontends()) {
      row(
          Style.PLAIN,
          each.name(),
          each.protocol() + " " + mode(each),
          each.listen(),
          each.id(),
          Metric.FRONTEND_OPEN,
          Metric.FRONTEND_CONNECTIONS,
          Metric.FRONTEND_BYTES_FROM_CLIENTS,
          Metric.FRONTEND_BYTES_FROM_SERVERS);
    }
  }

  private static String mode(Directory.Frontend frontend) {
    return frontend.mode().equals("passthrough") ? "pass" : frontend.mode();
  }

  private void servers() {
    heading("SERVER", "STATE", "ADDRESS");
    for (Directory.Server each : now.directory().servers()) {
      boolean hasLeft = !each.isConfigured();
      if (hasLeft && now.counts().sum(Metric.SERVER_OPEN, each.id()) == 0) {
        continue;
      }
      boolean isUp = ServerState.isUp(each, now.directory(), now.counts());
      row(
          isUp ? Style.PLAIN : Style.WARNING,
          each.backend() + "/" + each.name(),
          hasLeft ? "left" : isUp ? "up" : shorten(each.state().label(), 9),
          each.address(),
          each.id(),
          Metric.SERVER_OPEN,
          Metric.SERVER_CONNECTIONS,
          Metric.SERVER_BYTES_FROM_CLIENTS,
          Metric.SERVER_BYTES_FROM_SERVERS);
    }
  }

  private void heading(String what, String state, String where) {
    String a = per();
    add(Style.HEADING, columns(what, state, where, "OPEN", "NEW" + a, "IN B" + a, "OUT B" + a));
  }

  private String per() {
    return before.isPresent() ? "/s" : "";
  }

  private void row(
      Style style,
      String what,
      String state,
      String where,
      int id,
      Metric open,
      Metric opened,
      Metric in,
      Metric out) {
    add(
        style,
        columns(
            what,
            state,
            where,
            Quantity.of(now.counts().sum(open, id)),
            Quantity.of(rate(opened, id)),
            Quantity.of(rate(in, id)),
            Quantity.of(rate(out, id))));
  }

  private String columns(
      String what, String state, String where, String open, String opened, String in, String out) {
    return String.format(
        Locale.ROOT,
        "%-" + name + "s %-9s %-" + address + "s %6s %6s %7s %7s",
        shorten(what, name),
        state,
        shorten(where, address),
        open,
        opened,
        in,
        out);
  }

  private static String shorten(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 1) + "…";
  }

  private double rate(Metric metric, int id) {
    return rate(now.counts().sum(metric, id), before.map(then -> then.counts().sum(metric, id)));
  }

  private double rate(Metric metric) {
    return rate(now.counts().sum(metric), before.map(then -> then.counts().sum(metric)));
  }

  private double rate(long value, Optional<Long> earlier) {
    return (value - earlier.orElse(0L)) / seconds;
  }

  private void frames() {
    add(Style.HEADING, "FRAMES%s".formatted(before.isPresent() ? " a second" : ""));
    add(
        Style.PLAIN,
        "received %s   forwarded %s   answered %s   passed to the kernel %s"
            .formatted(
                Quantity.of(rate(Metric.FRAMES_RECEIVED)),
                Quantity.of(rate(Metric.FRAMES_FORWARDED)),
                Quantity.of(rate(Metric.FRAMES_ANSWERED)),
                Quantity.of(rate(Metric.FRAMES_PASSED))));
    double offloaded = rate(Metric.FRAMES_OFFLOADED);
    if (offloaded > 0) {
      double all = offloaded + rate(Metric.FRAMES_RECEIVED);
      add(
          Style.PLAIN,
          "offloaded to the kernel %s (%.0f %% of all)   flows offloaded now %s"
              .formatted(
                  Quantity.of(offloaded),
                  100 * offloaded / all,
                  Quantity.of(now.counts().sum(Metric.FLOWS_OFFLOADED))));
    }
    Map<String, Double> lost = rates(Metric.FRAMES_DROPPED);
    lost.put("missed before capture", rate(Metric.FRAMES_MISSED));
    lost.put("send failed", rate(Metric.SEND_FAILED));
    lost.values().removeIf(rate -> rate == 0);
    wrapped(lost.isEmpty() ? Style.PLAIN : Style.WARNING, "dropped", lost);
  }

  private Map<String, Double> rates(Metric metric) {
    Map<String, Double> rates = new LinkedHashMap<>();
    Optional<Map<String, Long>> earlier = before.map(then -> then.counts().byKind(metric));
    now.counts()
        .byKind(metric)
        .forEach(
            (kind, value) ->
                rates.put(kind, rate(value, earlier.map(then -> then.getOrDefault(kind, 0L)))));
    return rates;
  }

  /** By kind, on as many lines as it takes. */
  private void wrapped(Style style, String what, Map<String, Double> byKind) {
    if (byKind.isEmpty()) {
      add(style, what + " none");
      return;
    }
    StringBuilder line = new StringBuilder(what);
    for (Map.Entry<String, Double> each : byKind.entrySet()) {
      String item = " " + each.getKey() + " " + Quantity.of(each.getValue()) + ";";
      if (line.length() + item.length() > width) {
        add(style, line.toString());
        line.setLength(0);
        line.append("       ");
      }
      line.append(item);
    }
    line.setLength(line.length() - 1);
    add(style, line.toString());
  }

  private void flows() {
    Counts counts = now.counts();
    add(Style.HEADING, "FLOWS");
    Map<String, Double> byState = new LinkedHashMap<>();
    counts.byKind(Metric.FLOWS).forEach((state, count) -> byState.put(state, (double) count));
    byState.values().removeIf(count -> count == 0);
    wrapped(
        Style.PLAIN,
        "%s of %s:"
            .formatted(
                Quantity.of(counts.sum(Metric.FLOWS)),
                Quantity.of(counts.sum(Metric.FLOW_CAPACITY))),
        byState);
    long waiting = counts.sum(Metric.FLOWS_WAITING);
    if (waiting > 0) {
      add(
          Style.PLAIN,
          "of an earlier run: %s go on, %s do not, %s wait in the file for their turn"
              .formatted(
                  Quantity.of(counts.sum(Metric.FLOWS_RECOVERED)),
                  Quantity.of(counts.sum(Metric.FLOWS_ORPHANED)),
                  Quantity.of(waiting)));
    }
  }

  private void stages() {
    times(
        "TIME IN STAGE",
        "FRAMES",
        before.map(then -> Moment.since(then.stages(), now.stages())).orElse(now.stages()));
  }

  private void proxied() {
    times(
        "TIME OF PROXY",
        "COUNT",
        before.map(then -> Moment.since(then.proxied(), now.proxied())).orElse(now.proxied()));
  }

  private void times(String what, String unit, Map<String, TimesView> byStage) {
    add(Style.HEADING, stage(what, unit + per(), "MEAN", "50 %", "99 %", "99.9 %", "LONGEST"));
    byStage.forEach(
        (stage, times) ->
            add(
                Style.PLAIN,
                times.count() == 0
                    ? stage(stage, "0", "", "", "", "", "")
                    : stage(
                        stage,
                        Quantity.of(times.count() / seconds),
                        Quantity.time(times.meanNs()),
                        Quantity.time(times.percentileNs(50)),
                        Quantity.time(times.percentileNs(99)),
                        Quantity.time(times.percentileNs(99.9)),
                        Quantity.time(times.maxNs()))));
  }

  /** What kept all that a thread, or all threads, serve waiting, since the start. */
  private void stalls() {
    Counts counts = now.counts();
    Map<String, Event> latest = new HashMap<>();
    view.readEvents(0, event -> latest.put(event.where(), event));
    add(Style.HEADING, stall("STALLS SINCE THE START", "TIMES", "LONGEST", "LATEST"));
    Map<String, Long> stalled = counts.byKind(Metric.CYCLES_STALLED);
    counts
        .byKind(Metric.CYCLE_LONGEST)
        .forEach(
            (thread, longest) ->
                stall(
                    thread + ", of 1 ms and more",
                    stalled.getOrDefault(thread, 0L),
                    longest,
                    latest.get(thread)));
    now.pauses()
        .forEach(
            (operation, times) ->
                stall("JVM, " + operation, times.count(), times.maxNs(), latest.get(operation)));
  }

  /**
   * @param latest null when there was none, or too long ago
   */
  private void stall(String what, long times, long longestNs, Event latest) {
    String last =
        latest == null
            ? ""
            : "%s, %s ago"
                .formatted(
                    Quantity.time(latest.durationNs()),
                    // It may be newer than the moment.
                    Quantity.time(System.nanoTime() - latest.startNs() - latest.durationNs()));
    add(Style.PLAIN, stall(what, Quantity.of(times), Quantity.time(longestNs), last));
  }

  private static String stall(String what, String times, String longest, String latest) {
    return String.format(
        Locale.ROOT, "%-34s %9s %9s %24s", shorten(what, 34), times, longest, latest);
  }

  private static String stage(
      String stage, String frames, String mean, String p50, String p99, String p999, String max) {
    return String.format(
        Locale.ROOT, "%-16s %9s %9s %9s %9s %9s %9s", stage, frames, mean, p50, p99, p999, max);
  }

  private void errors() {
    for (DistinctError error : now.errors()) {
      String text =
          "%d × %s %s"
              .formatted(
                  error.count(), error.last().truncatedTo(ChronoUnit.SECONDS), error.headline());
      add(Style.WARNING, shorten(text, width));
    }
  }

  private void add(Style style, String text) {
    lines.add(new Line(style, text));
  }
}
