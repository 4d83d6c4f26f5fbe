package io.headrace.schedule;

import java.util.List;

/**
 * Takes the server with the fewest flows for its weight. Of several, one that is drawn by the
 * weights, so that an idle pool is evenly used too. It looks at every server for every new flow.
 */
final class LeastConnections implements Scheduler {
  private final Candidate[] candidates;
  private final Draw draw;

  LeastConnections(List<Candidate> candidates) {
    this.candidates = candidates.toArray(Candidate[]::new);
    this.draw = new Draw(candidates);
  }

  @Override
  public int choose(long hash) {
    int first = draw.draw(hash);
    Candidate least = candidates[first];
    for (int i = first + 1; i < candidates.length; i++) {
      least = candidates[i].isLessLoadedThan(least) ? candidates[i] : least;
    }
    for (int i = 0; i < first; i++) {
      least = candidates[i].isLessLoadedThan(least) ? candidates[i] : least;
    }
    return least.id();
  }
}
