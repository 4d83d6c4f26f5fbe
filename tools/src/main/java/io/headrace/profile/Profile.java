package io.headrace.profile;

import io.headrace.bpf.ProgramRuns;
import io.headrace.counters.Event;
import io.headrace.counters.FrameTrace;
import io.headrace.counters.TimesView;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was recorded of a balancer for a while.
 *
 * @param subject whose it is, for a person
 * @param started when
 * @param startNs the same, monotonic
 * @param endNs monotonic
 * @param stages the times of that while, in the order of the stages
 * @param intervals the same in parts, for pictures over time
 * @param traces of frames, in the order in which they were sent
 * @param tracesLost how many could not be read before newer ones took their place
 * @param events stalls and pauses
 * @param received frames
 * @param forwarded frames
 * @param offloaded frames that the kernel forwarded by itself
 * @param programs what ran in the kernel for it, by name; empty unless it was timed
 */
record Profile(
    String subject,
    Instant started,
    long startNs,
    long endNs,
    Map<String, TimesView> stages,
    List<Interval> intervals,
    List<FrameTrace> traces,
    long tracesLost,
    List<Event> events,
    long received,
    long forwarded,
    long offloaded,
    Map<String, ProgramRuns> programs) {
  /** From capture to transmit. */
  static final String WHOLE = "whole";

  double seconds() {
    return (endNs - startNs) / 1e9;
  }

  /** The part of all frames that the kernel forwarded by itself, in percent. */
  double offloadedPercent() {
    return offloaded == 0 ? 0 : 100.0 * offloaded / (offloaded + received);
  }

  /** Those of the pipeline. */
  Map<String, TimesView> framesStages() {
    return stages(true);
  }

  /** Those of mode proxy. */
  Map<String, TimesView> connectionsStages() {
    return stages(false);
  }

  private Map<String, TimesView> stages(boolean ofFrames) {
    Map<String, TimesView> some = new LinkedHashMap<>(stages);
    some.keySet()
        .removeIf(name -> ofFrames != (name.equals(WHOLE) || ProfileJson.STAGES.contains(name)));
    return some;
  }

  /** What pictures over time show: the whole way of frames, else what connections waited for. */
  Optional<String> mainStage() {
    return stages.containsKey(WHOLE)
        ? Optional.of(WHOLE)
        : stages.containsKey("connect") ? Optional.of("connect") : Optional.empty();
  }

  /** The pauses of the JVM while a thread stalled. */
  List<Event> pausesIn(Event stall) {
    return events.stream()
        .filter(each -> each.kind() == Event.Kind.PAUSE && stall.kind() == Event.Kind.STALL)
        .filter(
            pause ->
                pause.startNs() < stall.startNs() + stall.durationNs()
                    && stall.startNs() < pause.startNs() + pause.durationNs())
        .toList();
  }

  /** The frame that took longer than a part of all. */
  Optional<FrameTrace> trace(double percentile) {
    List<FrameTrace> sorted =
        traces.stream().sorted(Comparator.comparingLong(FrameTrace::wholeNs)).toList();
    long frames = sorted.stream().mapToLong(FrameTrace::frames).sum();
    long below = 0;
    for (FrameTrace trace : sorted) {
      below += trace.frames();
      if (below >= frames * percentile / 100) {
        return Optional.of(trace);
      }
    }
    return Optional.empty();
  }
}
