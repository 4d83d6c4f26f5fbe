package io.headrace.perf;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.counters.Counters;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.Hop;
import io.headrace.packet.IpAddress;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.FlowTime;
import io.headrace.registry.Registry;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The whole pipeline in memory: capture, parsing, hash, flow look-up, NAT, transmit, of small
 * frames of established flows, from clients and servers in turn. For one thread.
 */
public final class MemoryPipeline implements AutoCloseable {
  private static final int FRONTEND = 0x0A00_0002;

  private final boolean ipv6;
  private final Talk source;
  private final Passthrough passthrough;

  /**
   * Opens every flow.
   *
   * @param flows that the frames belong to, in turn
   * @param ipv6 whether they are of IPv6: frames of 74 bytes, not 64
   * @param counters where it counts
   */
  public MemoryPipeline(int flows, boolean ipv6, Counters counters) throws Exception {
    this.ipv6 = ipv6;
    Config config = config();
    source = new Talk(flows, config.passthrough().ringSize(), FRONTEND, ipv6);
    BitSet ports = new BitSet();
    ports.set(1024, 65536);
    passthrough =
        new Passthrough(
            config.passthrough(),
            List.of(new Arm("memory", ForwardingTable.ANY_MAC, source, source.new Sink())),
            FlowTime.MONOTONIC,
            FlowHash.fixed(),
            ports,
            _ -> FlowStore.NONE,
            Optional.empty(),
            counters);
    IpAddress nat = ipv6 ? new IpAddress(Talk.IPV6_NETWORK, FRONTEND) : IpAddress.ofIpv4(FRONTEND);
    passthrough
        .tables()
        .update(
            new Registry(config).snapshot(),
            server -> new Hop(0, 1500, 1, server.id(), nat),
            Set.of(nat));
    run(flows);
    source.serversAnswer();
    run(flows);
    source.clientsAcknowledge();
    run(flows);
    source.bothTalk();
    long refused =
        passthrough.pipeline().counts().refused().values().stream()
            .mapToLong(Long::longValue)
            .sum();
    if (refused > 0) {
      throw new IllegalStateException(
          "not every flow came about: " + passthrough.pipeline().counts().refused());
    }
  }

  /** Enough servers for every flow to have a NAT port, and room for all to open at once. */
  private Config config() throws ConfigException {
    StringBuilder text =
        new StringBuilder(
            """
            [frontends.web]
            listen_addr = "%s"
            backend = "pool"
            [passthrough]
            nat_ports = "1024-65535"
            connection_tracker_capacity = 4000000
            """
                .formatted(ipv6 ? "[2001:db8::a00:2]:80" : "10.0.0.2:80"));
    for (int server = 1; server <= 40; server++) {
      text.append(
          "[backends.pool.servers.s%d]\naddr = \"%s\"\n"
              .formatted(
                  server,
                  ipv6
                      ? "[2001:db8::a00:1%02x]:80".formatted(server)
                      : "10.0.1.%d:80".formatted(server)));
    }
    return ConfigReader.read(text.toString(), Path.of("benchmark.toml"), Mode.PASSTHROUGH);
  }

  /** Has so many frames go through. */
  public void run(int frames) throws Exception {
    source.allow(frames);
    while (passthrough.pipeline().runOnce() > 0) {
      // until the source has no more
    }
  }

  @Override
  public void close() {
    passthrough.close();
  }
}
