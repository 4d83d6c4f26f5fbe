package io.headrace.conntrack;

import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What one flow table counts. Written by the worker that owns the table, read by anyone.
 *
 * @param inState entries now, those in quarantine included, by the ordinal of their state
 * @param hits look-ups that found a live flow: one for each frame of a known flow
 * @param misses look-ups that found none
 * @param created flows that began, ever
 * @param expired flows that ended because no frame came in time, quarantine included
 * @param recycled flows still opening, or over, that made room for others: in a full table, or
 *     among those that are opening
 * @param portsRecycled flows still opening, or over, whose NAT port was needed
 * @param tableFull flows that found no room
 * @param noPort flows that found no NAT port
 * @param storeFailed flows that could not be written to the durable copy
 * @param sourceLimited flows that were one too many of their source address
 * @param resumed flows that went on after a RST
 * @param waiting flows of an earlier process that wait in the file now
 * @param fileHits those that a frame, or the choice of a NAT port, has taken over before their turn
 * @param recovered those that go on
 * @param orphaned those that do not: whose frontend, server or NAT port is gone, or that found no
 *     room
 */
public record ConntrackCounters(
    List<AtomicCounter> inState,
    AtomicCounter hits,
    AtomicCounter misses,
    AtomicCounter created,
    AtomicCounter expired,
    AtomicCounter recycled,
    AtomicCounter portsRecycled,
    AtomicCounter tableFull,
    AtomicCounter noPort,
    AtomicCounter storeFailed,
    AtomicCounter sourceLimited,
    AtomicCounter resumed,
    AtomicCounter waiting,
    AtomicCounter fileHits,
    AtomicCounter recovered,
    AtomicCounter orphaned) {

  /**
   * @param worker that owns the table
   */
  public static ConntrackCounters create(Counters counters, int worker) {
    Function<Metric, AtomicCounter> counter =
        metric -> counters.counter(Name.of(metric).worker(worker));
    return new ConntrackCounters(
        Stream.of(FlowState.values())
            .map(
                state -> counters.counter(Name.of(Metric.FLOWS).worker(worker).kind(state.label())))
            .toList(),
        counter.apply(Metric.FLOW_HITS),
        counter.apply(Metric.FLOW_MISSES),
        counter.apply(Metric.FLOWS_CREATED),
        counter.apply(Metric.FLOWS_EXPIRED),
        counter.apply(Metric.FLOWS_RECYCLED),
        counter.apply(Metric.NAT_PORTS_RECYCLED),
        counter.apply(Metric.FLOWS_TABLE_FULL),
        counter.apply(Metric.FLOWS_NO_NAT_PORT),
        counter.apply(Metric.FLOWS_NOT_STORED),
        counter.apply(Metric.FLOWS_SOURCE_LIMITED),
        counter.apply(Metric.FLOWS_RESUMED),
        counter.apply(Metric.FLOWS_WAITING),
        counter.apply(Metric.FLOW_FILE_HITS),
        counter.apply(Metric.FLOWS_RECOVERED),
        counter.apply(Metric.FLOWS_ORPHANED));
  }

  /** Entries now. */
  public long current() {
    return inState.stream().mapToLong(AtomicCounter::get).sum();
  }

  /** Entries in a state now. */
  public AtomicCounter in(FlowState state) {
    return inState.get(state.ordinal());
  }
}
