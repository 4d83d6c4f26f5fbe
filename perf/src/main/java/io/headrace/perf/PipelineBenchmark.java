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
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The whole pipeline in memory, on one thread: capture, parsing, hash, flow look-up, NAT, transmit,
 * of 64-byte frames of established flows, from clients and servers in turn. One operation is one
 * frame.
 */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class PipelineBenchmark {
  private static final int FRAMES = 1024;
  private static final int FRONTEND = 0x0A00_0002;

  /** Flows that the frames belong to, in turn. */
  @Param({"100000", "1000000"})
  int flows;

  /** Whether they are of IPv6: of 74 bytes, then. */
  @Param({"false", "true"})
  boolean ipv6;

  private Talk source;
  private Passthrough passthrough;

  /** Opens every flow. */
  @Setup(Level.Trial)
  public void open() throws Exception {
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
            Counters.inMemory());
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

  @TearDown(Level.Trial)
  public void close() {
    passthrough.close();
  }

  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void forward() throws Exception {
    run(FRAMES);
  }

  private void run(int frames) throws Exception {
    source.allow(frames);
    while (passthrough.pipeline().runOnce() > 0) {
      // until the source has no more
    }
  }
}
