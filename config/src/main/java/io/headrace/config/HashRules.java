package io.headrace.config;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What frontends ask of their backends that keep the client's address: those of mode dsr, and of
 * passthrough with {@code source = "client"}.
 */
final class HashRules {
  private final Map<Answering, String> owners = new HashMap<>();

  private record Answering(InetSocketAddress server, Protocol protocol) {}

  /** Tells what is wrong with a frontend and its pool. */
  void check(
      Section section,
      InetSocketAddress listen,
      Protocol protocol,
      Located<String> backend,
      ParsedBackend pool,
      Mode mode,
      DsrConfig dsr) {
    String cause = mode == Mode.DSR ? "dsr = \"nat\"" : "source = \"client\"";
    if (dsr.way().keepsDestination()) {
      requireSamePort(section, listen.getPort(), pool, dsr);
    } else {
      requireOneFrontend(section, protocol, pool, cause);
    }
    if (!dsr.onePacket()) {
      requireHash(section, backend, pool.config().balance().scheduler(), mode);
    }
  }

  /** The frames arrive as they are: what listens there has to be what clients connect to. */
  private static void requireSamePort(
      Section section, int port, ParsedBackend pool, DsrConfig dsr) {
    pool.addresses().values().stream()
        .filter(server -> server.value().getPort() != port)
        .forEach(
            server ->
                section.problem(
                    server,
                    "port "
                        + server.value().getPort()
                        + " is not that of frontend "
                        + Wording.quote(section.name())
                        + ", "
                        + port
                        + ", and dsr = "
                        + quoted(dsr.way())
                        + " leaves it as it is; use "
                        + port
                        + ", or dsr = \"nat\""));
  }

  /** What leaves the server can get one frontend's address back. */
  private void requireOneFrontend(
      Section section, Protocol protocol, ParsedBackend pool, String cause) {
    for (Located<InetSocketAddress> server : pool.addresses().values()) {
      String owner = owners.putIfAbsent(new Answering(server.value(), protocol), section.name());
      if (owner != null) {
        section.problem(
            server,
            Address.format(server.value())
                + " serves frontends "
                + Wording.quote(owner)
                + " and "
                + Wording.quote(section.name())
                + " by "
                + cause
                + ", and nothing tells which one's address its answers are to carry; give each a"
                + " port of its own, or use dsr = \"l2\"");
      }
    }
  }

  /** What is forgotten of a flow, and what another balancer gets of it, goes to the same server. */
  private static void requireHash(
      Section section, Located<String> backend, SchedulerKind scheduler, Mode mode) {
    if (!scheduler.isByHash()) {
      section.problem(
          backend,
          "backend "
              + Wording.quote(backend.value())
              + " chooses by "
              + quoted(scheduler)
              + ", and "
              + (mode == Mode.DSR ? "in mode dsr" : "with source = \"client\"")
              + " the server of a connection has to follow from its frames: use scheduler = \"maglev\", \"rendezvous\" or"
              + " \"source\"");
    }
  }

  private static String quoted(Enum<?> constant) {
    return Wording.quote(constant.name().toLowerCase(Locale.ROOT));
  }
}
