package io.headrace.pipeline;

import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.forward.Reason;
import io.headrace.forward.Verdict;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.status.AtomicCounter;

/** The counters of one pipeline. Each has one writing stage; any thread reads. */
public final class PipelineCounts {
  private final AtomicCounter received;
  private final AtomicCounter ringFull;
  private final AtomicCounter forwarded;
  private final AtomicCounter faults;
  private final AtomicCounter[] refused;
  private final List<Arm> arms;
  private final List<AtomicCounter> missed;
  private final List<AtomicCounter> sendFailed;

  PipelineCounts(Counters counters, List<Arm> arms) {
    received = counters.counter(Name.of(Metric.FRAMES_RECEIVED));
    ringFull = counters.counter(Name.of(Metric.RING_FULL));
    forwarded = counters.counter(Name.of(Metric.FRAMES_FORWARDED));
    faults = counters.counter(Name.of(Metric.STAGE_FAULTS));
    Reason[] reasons = Reason.values();
    refused = new AtomicCounter[reasons.length];
    for (Reason reason : reasons) {
      refused[reason.ordinal()] =
          counters.counter(Name.of(metric(reason.verdict())).kind(reason.label()));
    }
    this.arms = arms;
    missed = byArm(counters, Metric.FRAMES_MISSED);
    sendFailed = byArm(counters, Metric.SEND_FAILED);
  }

  private static Metric metric(Verdict verdict) {
    return switch (verdict) {
      case FORWARD -> Metric.FRAMES_FORWARDED;
      case ANSWER -> Metric.FRAMES_ANSWERED;
      case DROP -> Metric.FRAMES_DROPPED;
      case PASS -> Metric.FRAMES_PASSED;
    };
  }

  private List<AtomicCounter> byArm(Counters counters, Metric metric) {
    return arms.stream().map(arm -> counters.counter(Name.of(metric).kind(arm.name()))).toList();
  }

  /** Frames that capture took from the sources. */
  public AtomicCounter received() {
    return received;
  }

  /** Times that capture found no free slot. */
  public AtomicCounter ringFull() {
    return ringFull;
  }

  /** Frames that went to a sink; the sink knows what became of them. */
  public AtomicCounter forwarded() {
    return forwarded;
  }

  /** Exceptions out of a stage. */
  public AtomicCounter faults() {
    return faults;
  }

  /** Frames that were answered, dropped, or left to the kernel, for this reason. */
  public AtomicCounter refused(Reason reason) {
    return refused[reason.ordinal()];
  }

  /** Every reason that occurred, with its count, in the order of {@link Reason}. */
  public Map<Reason, Long> refused() {
    Map<Reason, Long> counted = new EnumMap<>(Reason.class);
    for (Reason reason : Reason.values()) {
      long count = refused(reason).get();
      if (count > 0) {
        counted.put(reason, count);
      }
    }
    return counted;
  }

  /**
   * Asks the arms what they have lost: frames that nobody took in time, and frames that could not
   * be sent. To be called now and then, by any thread.
   */
  public void countLosses() {
    for (int i = 0; i < arms.size(); i++) {
      missed.get(i).setRelease(arms.get(i).source().missed());
      sendFailed.get(i).setRelease(arms.get(i).sink().failed());
    }
  }
}
