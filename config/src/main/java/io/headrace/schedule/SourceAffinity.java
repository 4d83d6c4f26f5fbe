package io.headrace.schedule;

import java.util.List;

/**
 * Chooses by the client's address alone, over a {@link Maglev} table: all flows of a client go to
 * one server, and few clients change theirs when servers come and go.
 */
final class SourceAffinity implements Scheduler {
  private final Maglev table;

  SourceAffinity(String pool, List<Candidate> candidates) {
    table = new Maglev(pool, candidates);
  }

  @Override
  public int choose(long hash) {
    return table.choose(hash);
  }

  @Override
  public boolean isBySource() {
    return true;
  }
}
