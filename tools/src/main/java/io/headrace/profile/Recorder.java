package io.headrace.profile;

import io.headrace.counters.CountersView;
import io.headrace.counters.Counts;
import io.headrace.counters.Event;
import io.headrace.counters.FrameTrace;
import io.headrace.counters.Metric;
import io.headrace.counters.TimesView;
import io.headrace.monitor.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * Records from a balancer's counters, beside it. It reads many times a second, so that pictures
 * over time are fine and few traces are lost; the balancer does nothing for it.
 */
final class Recorder {
  private static final long SHORTEST_MS = 50;
  private static final int MOST_INTERVALS = 200;
  private static final int MOST_TRACES = 200_000;

  private final CountersView view;
  private final ProgramTimes programs;
  private final List<Interval> intervals = new ArrayList<>();
  private List<FrameTrace> traces = new ArrayList<>();

  /** Of so many traces one is kept. */
  private int stride = 1;

  private long seen;
  private long read;
  private long lost;

  Recorder(CountersView view, ProgramTimes programs) {
    this.view = view;
    this.programs = programs;
  }

  /**
   * Records for a while.
   *
   * @param subject whose counters these are
   * @param isOver whether there is nothing more to come before the time is over
   */
  Profile record(
      String subject, Duration longest, BooleanSupplier isOver, ProfileFiles.Progress progress)
      throws InterruptedException {
    Instant started = Instant.now();
    read = view.tracesWritten();
    long eventsBefore = view.eventsWritten();
    programs.take();
    Moment first = Moment.of(view);
    Moment last = first;
    long every = Math.max(SHORTEST_MS, longest.toMillis() / MOST_INTERVALS);
    long end = first.atNs() + longest.toNanos();
    boolean over = false;
    while (!over && last.atNs() < end) {
      over = isOver.getAsBoolean();
      if (!over) {
        Thread.sleep(Math.min(every, Math.max(1, (end - last.atNs()) / 1_000_000)));
      }
      Moment now = Moment.of(view);
      add(last, now);
      readTraces();
      last = now;
      long done = (now.atNs() - first.atNs()) / 1_000_000;
      progress.at(Math.min(done, longest.toMillis()), longest.toMillis());
    }
    List<Event> events = new ArrayList<>();
    view.readEvents(eventsBefore, events::add);
    long from = first.atNs();
    events.removeIf(event -> event.startNs() + event.durationNs() < from);
    // The JVM tells of its pauses late.
    events.sort(Comparator.comparingLong(Event::startNs));
    Counts before = first.counts();
    Counts after = last.counts();
    return new Profile(
        subject,
        started,
        first.atNs(),
        last.atNs(),
        stages(first, last),
        intervals,
        traces,
        lost,
        events,
        after.sum(Metric.FRAMES_RECEIVED) - before.sum(Metric.FRAMES_RECEIVED),
        after.sum(Metric.FRAMES_FORWARDED) - before.sum(Metric.FRAMES_FORWARDED),
        after.sum(Metric.FRAMES_OFFLOADED) - before.sum(Metric.FRAMES_OFFLOADED),
        programs.take());
  }

  private static Map<String, TimesView> stages(Moment before, Moment now) {
    Map<String, TimesView> all = new LinkedHashMap<>(Moment.since(before.stages(), now.stages()));
    all.putAll(Moment.since(before.proxied(), now.proxied()));
    all.values().removeIf(times -> times.count() == 0);
    return all;
  }

  private void add(Moment before, Moment now) {
    Map<String, Histogram> byStage = new LinkedHashMap<>();
    stages(before, now).forEach((stage, times) -> byStage.put(stage, times.histogram()));
    intervals.add(new Interval(before.atNs(), now.atNs(), byStage));
  }

  private void readTraces() {
    long written = view.tracesWritten();
    lost += view.readTraces(read, this::keep);
    read = written;
  }

  private void keep(FrameTrace trace) {
    if (seen++ % stride == 0) {
      traces.add(trace);
    }
    if (traces.size() == MOST_TRACES) {
      List<FrameTrace> half = new ArrayList<>(MOST_TRACES);
      for (int i = 0; i < traces.size(); i += 2) {
        half.add(traces.get(i));
      }
      traces = half;
      stride *= 2;
    }
  }
}
