package io.headrace.proxy;

import io.headrace.config.ProxyBackendConfig;
import io.headrace.registry.Pool;
import io.headrace.schedule.Scheduler;
import io.headrace.schedule.SourceHash;
import io.headrace.schedule.SplitMix;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * A pool of servers at one moment; immutable but for the counts and limits of its members.
 *
 * @param pool its name and its scheduler
 * @param config how its servers are dealt with
 * @param eligible those of its servers that may take new connections, by their ids
 * @param room where connections wait while each of these has as many as it may
 */
record Backend(
    Pool pool, ProxyBackendConfig config, Map<Integer, Member> eligible, WaitingRoom room) {
  private static final int ASKS = 8;

  /**
   * Chooses a server and takes a place at it. The scheduler is asked first, again with another hash
   * where its choice was tried already or is full; then it is the least loaded that is left.
   *
   * @param tried servers that are out of the question
   * @return null when there is none
   */
  Member choose(InetSocketAddress client, Collection<Member> tried) {
    Scheduler scheduler = pool.scheduler();
    long hash = scheduler.isBySource() ? SourceHash.of(client.getAddress()) : ClientHash.of(client);
    for (int i = 0; i < ASKS; i++) {
      int id = scheduler.choose(hash);
      Member member = id == Scheduler.NONE ? null : eligible.get(id);
      if (member != null && !tried.contains(member) && member.take()) {
        return member;
      }
      hash = SplitMix.next(hash);
    }
    Member least = leastLoaded(tried);
    while (least != null && !least.take()) {
      least = leastLoaded(tried);
    }
    return least;
  }

  private Member leastLoaded(Collection<Member> tried) {
    Member least = null;
    for (Member member : eligible.values()) {
      if (!tried.contains(member)
          && member.limit().hasRoom()
          && (least == null || member.isLessLoadedThan(least))) {
        least = member;
      }
    }
    return least;
  }

  /** Whether a server would be chosen if only it had a place. */
  boolean hasUntried(List<Member> tried) {
    return !tried.containsAll(eligible.values());
  }

  /** Whether such a server has a place now. */
  boolean hasRoom(Collection<Member> tried) {
    return eligible.values().stream()
        .anyMatch(member -> !tried.contains(member) && member.limit().hasRoom());
  }
}
