package io.headrace.registry;

import io.headrace.config.BackendConfig;
import io.headrace.config.Config;
import io.headrace.schedule.LiveFlows;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Every server of the configuration, with its identity, which is for the life of the process, and
 * its {@linkplain ServerLife life}, which is for as long as it is configured.
 *
 * <p>The registry's lock guards it, but for {@link #get}, which any thread may call.
 */
final class ServerLives {
  private final Map<Member, Identity> identities = new HashMap<>();
  private final Map<Integer, ServerLife> lives = new ConcurrentHashMap<>();
  private boolean started;

  private record Member(String backend, InetSocketAddress address) {}

  private record Identity(int id, LiveFlows flows) {}

  Optional<ServerLife> get(Server server) {
    return Optional.ofNullable(lives.get(server.id()));
  }

  /** Before another configuration is in force: what it checks no more counts no more. */
  void forgetUnchecked(Config next, List<Pool> pools, long nowNs) {
    for (Pool pool : pools) {
      BackendConfig backend = next.backends().get(pool.name());
      if (backend == null) {
        continue;
      }
      if (backend.healthCheck().interval().isZero()) {
        of(pool).forEach(life -> life.forgetChecks(nowNs));
      }
      if (backend.healthCheck().agent().isEmpty()) {
        of(pool).forEach(life -> life.forgetAgent(nowNs));
      }
    }
  }

  private Stream<ServerLife> of(Pool pool) {
    return pool.servers().stream().flatMap(server -> get(server).stream());
  }

  /** Whether a server that starts slowly has more due to it than when the roll was called. */
  boolean haveWarmed(Config config, List<Pool> pools, long nowNs) {
    return pools.stream()
        .anyMatch(
            pool -> {
              BackendConfig backend = config.backends().get(pool.name());
              return backend != null
                  && of(pool)
                      .anyMatch(life -> life.hasWarmed(nowNs, backend.balance().slowStart()));
            });
  }

  /** Who is there and how; those that are gone are forgotten, but for their identity. */
  Roll call(Config config, long nowNs) {
    Roll roll =
        new Roll(config, new LinkedHashMap<>(), new HashMap<>(), new BitSet(), new BitSet());
    BitSet present = new BitSet();
    for (BackendConfig backend : config.backends().values()) {
      Membership membership = new Membership(backend.balance().panicThreshold());
      List<Server> servers = servers(backend, nowNs);
      for (Server server : servers) {
        present.set(server.id());
        ServerLife life = lives.get(server.id());
        (life.isUp() ? roll.up() : roll.down()).set(server.id());
        membership.add(server, life, backend.servers().get(server.name()).backup());
      }
      List<Server> members = membership.members();
      for (Server server : members) {
        // In panic, flows go to servers that are down.
        roll.up().set(server.id());
        roll.down().clear(server.id());
      }
      roll.servers().put(backend.name(), servers);
      roll.members().put(backend.name(), members);
    }
    lives.keySet().removeIf(id -> !present.get(id));
    started = true;
    return roll;
  }

  private List<Server> servers(BackendConfig backend, long nowNs) {
    return backend.servers().values().stream()
        .map(
            server -> {
              Identity identity =
                  identities.computeIfAbsent(
                      new Member(backend.name(), server.address()),
                      _ -> new Identity(identities.size(), new LiveFlows()));
              ServerLife life = lives.computeIfAbsent(identity.id(), _ -> begin(backend, nowNs));
              return new Server(
                  identity.id(),
                  backend.name(),
                  server.name(),
                  server.address(),
                  life.weight(server.weight()),
                  life.share(server.weight(), nowNs, backend.balance().slowStart()),
                  identity.flows());
            })
        .toList();
  }

  private ServerLife begin(BackendConfig backend, long nowNs) {
    boolean unchecked = backend.healthCheck().interval().isZero();
    ServerLife life = new ServerLife(unchecked ? ServerLife.UNCHECKED : ServerLife.NEW, nowNs);
    if (started) {
      life.startSlowly(nowNs);
    }
    return life;
  }
}
