package io.headrace.conntrack;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What one flow table counts. Written by the worker that owns the table, read by anyone.
 *
 * @param current entries now, those in quarantine included
 * @param inState the same, by the ordinal of their state
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
 */
public record ConntrackCounters(
    AtomicCounter current,
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
    AtomicCounter resumed) {

  /**
   * @param prefix of every label, say which worker's
   * @param counter makes a counter with a label
   */
  public static ConntrackCounters create(String prefix, Function<String, AtomicCounter> counter) {
    return new ConntrackCounters(
        counter.apply(prefix + "flows"),
        Stream.of(FlowState.values())
            .map(state -> counter.apply(prefix + "flows " + state.label()))
            .toList(),
        counter.apply(prefix + "look-ups that found a flow"),
        counter.apply(prefix + "look-ups that found none"),
        counter.apply(prefix + "flows created"),
        counter.apply(prefix + "flows expired"),
        counter.apply(prefix + "flows recycled: table full"),
        counter.apply(prefix + "flows recycled: NAT ports used up"),
        counter.apply(prefix + "flows refused: table full"),
        counter.apply(prefix + "flows refused: no NAT port"),
        counter.apply(prefix + "flows not written to the flow file"),
        counter.apply(prefix + "flows refused: source address over its limit"),
        counter.apply(prefix + "flows resumed after a RST"));
  }

  /** Entries in a state now. */
  public AtomicCounter in(FlowState state) {
    return inState.get(state.ordinal());
  }
}
