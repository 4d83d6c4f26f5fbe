package io.headrace.schedule;

import java.util.Comparator;
import java.util.List;

/**
 * A server that a scheduler may choose.
 *
 * @param id what {@link Scheduler#choose} answers
 * @param address as text: what hashes know the server by, the same on every machine
 * @param weight its share of new flows, relative to the others
 * @param flows those that it has
 */
public record Candidate(int id, String address, int weight, LiveFlows flows) {
  /**
   * Those of them that have a weight, in the order of their addresses: so that what is built over
   * them is the same whatever the order in the file.
   */
  static List<Candidate> ordered(List<Candidate> candidates) {
    return candidates.stream()
        .filter(each -> each.weight() > 0)
        .sorted(Comparator.comparing(Candidate::address))
        .toList();
  }

  /** Whether it has fewer flows for its weight than another. */
  boolean isLessLoadedThan(Candidate other) {
    return (long) flows.count() * other.weight < (long) other.flows.count() * weight;
  }
}
