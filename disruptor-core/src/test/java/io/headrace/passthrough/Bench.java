package io.headrace.passthrough;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.counters.Counters;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.Hop;
import io.headrace.forward.Reason;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.IpAddress;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.FlowTime;
import io.headrace.pipeline.PipelineCounts;
import io.headrace.registry.Registry;
import java.net.Inet6Address;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The whole data path in memory, one duty cycle at a time: a frontend 10.0.0.2 port 80 (TCP) and 53
 * (UDP), servers 10.0.0.11 and 10.0.0.12; and the same over IPv6, 2001:db8::2 with servers
 * 2001:db8::11 and 2001:db8::12.
 */
final class Bench implements AutoCloseable {
  static final long BALANCER_MAC = FrameBuilder.DESTINATION_MAC;
  static final IpAddress NAT_ADDRESS = IpAddress.parse("10.0.0.2");
  private static final IpAddress IPV6_NAT_ADDRESS = IpAddress.parse("2001:db8::2");
  private static final Set<IpAddress> NAT_ADDRESSES = Set.of(NAT_ADDRESS, IPV6_NAT_ADDRESS);

  final MemorySource source;
  final MemorySink sink = new MemorySink();
  final Registry registry;
  final Passthrough passthrough;

  Bench(String settings) throws ConfigException {
    this(config(settings), FlowHash.fixed(), _ -> FlowStore.NONE);
  }

  /** What it has with more settings of [passthrough]. */
  static Config config(String settings) throws ConfigException {
    return ConfigReader.read(
        """
            [frontends.web]
            listen_addr = "10.0.0.2:80"
            backend = "pool"
            [frontends.dns]
            listen_addr = "10.0.0.2:53"
            protocol = "udp"
            backend = "pool"
            [backends.pool.servers.a]
            addr = "10.0.0.11:8080"
            [backends.pool.servers.b]
            addr = "10.0.0.12:8080"
            [frontends.web6]
            listen_addr = "[2001:db8::2]:80"
            backend = "pool6"
            [frontends.dns6]
            listen_addr = "[2001:db8::2]:53"
            protocol = "udp"
            backend = "pool6"
            [backends.pool6.servers.a]
            addr = "[2001:db8::11]:8080"
            [backends.pool6.servers.b]
            addr = "[2001:db8::12]:8080"
            [passthrough]
            ring_size = 256
            """
            + settings,
        Path.of("bench.toml"),
        Mode.PASSTHROUGH);
  }

  Bench(Config config, FlowHash hash, Function<int[], FlowStore> stores) {
    this(config, hash, stores, 10_000);
  }

  /**
   * @param firstNatPort of those up to 19999
   */
  Bench(Config config, FlowHash hash, Function<int[], FlowStore> stores, int firstNatPort) {
    source = new MemorySource(config.passthrough().ringSize());
    registry = new Registry(config);
    BitSet ports = new BitSet();
    ports.set(firstNatPort, 20_000);
    passthrough =
        new Passthrough(
            config.passthrough(),
            List.of(new Arm("memory", BALANCER_MAC, source, sink)),
            FlowTime.OF_FRAMES,
            hash,
            ports,
            stores,
            Optional.empty(),
            Counters.inMemory());
    resolve();
  }

  /** Every server has a next hop. */
  void resolve() {
    resolve(NAT_ADDRESS);
  }

  /** The same, with another address for source NAT over IPv4. */
  void resolve(IpAddress natAddress) {
    passthrough
        .tables()
        .update(
            registry.snapshot(),
            server ->
                new Hop(
                    0,
                    1500,
                    BALANCER_MAC,
                    serverMac(server.id()),
                    server.address().getAddress() instanceof Inet6Address
                        ? IPV6_NAT_ADDRESS
                        : natAddress),
            Set.of(natAddress, IPV6_NAT_ADDRESS));
  }

  /** No server has one. */
  void loseNextHops() {
    passthrough.tables().update(registry.snapshot(), _ -> Hop.UNRESOLVED, NAT_ADDRESSES);
  }

  static long serverMac(int id) {
    return 0x0200_0000_1100L + id;
  }

  /**
   * Runs what the source holds through the pipeline, and answers what came out since the last time.
   */
  List<byte[]> run() throws Exception {
    sink.frames().clear();
    while (!source.isEmpty() || !passthrough.pipeline().isDrained()) {
      passthrough.pipeline().runOnce();
    }
    return List.copyOf(sink.frames());
  }

  PipelineCounts counts() {
    return passthrough.pipeline().counts();
  }

  long refused(Reason reason) {
    return counts().refused(reason).get();
  }

  ForwardingTable table() {
    return passthrough.tables().current();
  }

  @Override
  public void close() {
    passthrough.close();
    source.close();
  }
}
