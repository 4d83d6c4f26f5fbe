package io.headrace.registry;

import io.headrace.config.Address;
import io.headrace.config.SchedulerKind;
import io.headrace.schedule.Candidate;
import io.headrace.schedule.Scheduler;
import io.headrace.schedule.Schedulers;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The schedulers of all pools: each is built anew only when what it chooses from has changed. */
final class Schedules {
  private final Map<String, Schedule> schedules = new HashMap<>();

  /** A scheduler and what it was built over. */
  private record Schedule(
      SchedulerKind kind, List<Server> members, Scheduler scheduler, AtomicLong turn) {}

  Scheduler of(String pool, SchedulerKind kind, List<Server> members) {
    Schedule former = schedules.get(pool);
    if (former != null && former.kind() == kind && former.members().equals(members)) {
      return former.scheduler();
    }
    AtomicLong turn = former == null ? new AtomicLong() : former.turn();
    List<Candidate> candidates =
        members.stream()
            .map(
                server ->
                    new Candidate(
                        server.id(),
                        Address.format(server.address()),
                        server.share(),
                        server.flows()))
            .toList();
    Scheduler scheduler = Schedulers.create(kind, pool, candidates, turn);
    schedules.put(pool, new Schedule(kind, members, scheduler, turn));
    return scheduler;
  }

  /** Forgets the others. */
  void retain(Collection<String> pools) {
    schedules.keySet().retainAll(pools);
  }
}
