package io.headrace.schedule;

import java.util.List;

/**
 * Draws a server by the weights. What is random is the hash of the flow, under a key that nobody
 * outside knows; so a run that is replayed has the same result.
 */
final class WeightedRandom implements Scheduler {
  private final Candidate[] candidates;
  private final Draw draw;

  WeightedRandom(List<Candidate> candidates) {
    this.candidates = candidates.toArray(Candidate[]::new);
    this.draw = new Draw(candidates);
  }

  @Override
  public int choose(long hash) {
    return candidates[draw.draw(hash)].id();
  }
}
