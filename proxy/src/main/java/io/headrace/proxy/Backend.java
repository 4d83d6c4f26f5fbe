package io.headrace.proxy;

import io.headrace.config.ProxyBackendConfig;
import io.headrace.registry.Pool;
import io.headrace.registry.Scheduler;
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
   * where its choice was tried already or is full; then any server will do.
   *
   * @param tried servers that are out of the question
   * @return null when there is none
   */
  Member choose(long hash, Collection<Member> tried) {
    long asked = hash;
    for (int i = 0; i < ASKS; i++) {
      int id = pool.scheduler().choose(asked);
      Member member = id == Scheduler.NONE ? null : eligible.get(id);
      if (member != null && !tried.contains(member) && member.limit().take()) {
        return member;
      }
      asked = ClientHash.again(asked);
    }
    for (Member member : eligible.values()) {
      if (!tried.contains(member) && member.limit().take()) {
        return member;
      }
    }
    return null;
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
