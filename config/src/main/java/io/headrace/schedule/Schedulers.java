package io.headrace.schedule;

import io.headrace.config.SchedulerKind;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Makes schedulers. */
public final class Schedulers {
  private Schedulers() {}

  /**
   * A scheduler over what a pool has now; that takes up to some ten milliseconds.
   *
   * @param pool keys hashes
   * @param servers that may take flows, in any order; one of weight 0 takes none
   * @param turn where the pool is in its round, kept from one scheduler to the next
   */
  public static Scheduler create(
      SchedulerKind kind, String pool, List<Candidate> servers, AtomicLong turn) {
    List<Candidate> candidates = Candidate.ordered(servers);
    if (candidates.isEmpty()) {
      return _ -> Scheduler.NONE;
    }
    return switch (kind) {
      case ROUND_ROBIN -> new RoundRobin(candidates, turn);
      case RANDOM -> new WeightedRandom(candidates);
      case LEAST_CONNECTIONS -> new LeastConnections(candidates);
      case TWO_CHOICES -> new TwoChoices(candidates);
      case MAGLEV -> new Maglev(pool, candidates);
      case RENDEZVOUS -> new Rendezvous(pool, candidates);
      case SOURCE -> new SourceAffinity(pool, candidates);
      case BOUNDED_LOAD -> new BoundedLoad(pool, candidates);
    };
  }
}
