package io.headrace.schedule;

import java.util.List;

/**
 * Draws two servers by the weights, and takes the one with fewer flows for its weight. Nearly as
 * even as the fewest of all, in constant time, and without all balancers choosing the same server
 * at once.
 *
 * <p>Source: Mitzenmacher, <em>The Power of Two Choices in Randomized Load Balancing</em>, IEEE
 * Transactions on Parallel and Distributed Systems 12:10, 2001.
 */
final class TwoChoices implements Scheduler {
  private final Candidate[] candidates;
  private final Draw draw;

  TwoChoices(List<Candidate> candidates) {
    this.candidates = candidates.toArray(Candidate[]::new);
    this.draw = new Draw(candidates);
  }

  @Override
  public int choose(long hash) {
    Candidate first = candidates[draw.draw(hash)];
    Candidate second = candidates[draw.draw(SplitMix.next(hash))];
    return (second.isLessLoadedThan(first) ? second : first).id();
  }
}
