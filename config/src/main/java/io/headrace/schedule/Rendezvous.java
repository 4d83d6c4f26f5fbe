package io.headrace.schedule;

import java.util.List;

/**
 * Weighted rendezvous hashing (highest random weight): every server has a hash of its own of each
 * flow, and the best wins. A server that goes takes its own flows and moves no other's; shares are
 * exact, and nothing is kept. It works for every server for every new flow.
 *
 * <p>Sources: Thaler and Ravishankar, <em>Using Name-Based Mappings to Increase Hit Rates</em>,
 * IEEE/ACM Transactions on Networking 6:1, 1998; the weights, -ln(u)/w, are those of Schindelhauer
 * and Schomaker, <em>Weighted Distributed Hash Tables</em>, SPAA 2005.
 */
final class Rendezvous implements Scheduler {
  private final Candidate[] candidates;
  private final long[] seeds;

  Rendezvous(String pool, List<Candidate> candidates) {
    this.candidates = candidates.toArray(Candidate[]::new);
    ServerHash hash = new ServerHash("rendezvous " + pool);
    this.seeds = candidates.stream().mapToLong(each -> hash.of(each).getLong()).toArray();
  }

  @Override
  public int choose(long hash) {
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < seeds.length; i++) {
      double even = ((SplitMix.mix(hash ^ seeds[i]) >>> 11) + 0.5) * 0x1p-53;
      // StrictMath is the same on every machine.
      double cost = -StrictMath.log(even) / candidates[i].weight();
      if (cost < least) {
        least = cost;
        best = i;
      }
    }
    return candidates[best].id();
  }
}
