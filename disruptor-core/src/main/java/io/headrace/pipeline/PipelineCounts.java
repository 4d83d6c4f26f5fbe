package io.headrace.pipeline;

import io.headrace.forward.Reason;
import java.util.EnumMap;
import java.util.Map;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;

/** The counters of one pipeline. Each has one writing stage; any thread reads. */
public final class PipelineCounts {
  private final AtomicCounter received;
  private final AtomicCounter ringFull;
  private final AtomicCounter forwarded;
  private final AtomicCounter faults;
  private final AtomicCounter[] refused;

  PipelineCounts(CountersManager counters) {
    received = counters.newCounter("frames received");
    ringFull = counters.newCounter("ring full");
    forwarded = counters.newCounter("frames forwarded");
    faults = counters.newCounter("stage faults");
    Reason[] reasons = Reason.values();
    refused = new AtomicCounter[reasons.length];
    for (Reason reason : reasons) {
      refused[reason.ordinal()] = counters.newCounter("frames refused: " + reason.label());
    }
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
}
