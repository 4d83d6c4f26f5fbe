package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.forward.Hop;
import io.headrace.io.Frame;
import io.headrace.io.PacketSource;
import io.headrace.link.Interface;
import io.headrace.offload.KernelFlows;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.passthrough.OffloadedFramesTest.Ends;
import io.headrace.passthrough.OffloadedFramesTest.Way;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.FlowTime;
import io.headrace.registry.Registry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The data path in the box of a {@link Row}, and frames that are sent through it one after the
 * other, each when the one before has come out. NAT ports follow from the frames, by a fixed key.
 */
final class ScriptedRun {
  static final long SERVER_MAC = 0x02_00_00_00_0b_02L;
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);
  private static final int FLOWS = 64;

  private final Row row;
  private final Ends ends;
  private final Way way;
  private final boolean offload;
  private final List<String> seen = new ArrayList<>();
  private final Frame frame = new Frame();
  private final Headers headers = new Headers();
  private Passthrough passthrough;
  private int seenPort;
  private String traffic = "";
  private long offloaded;
  private long received;

  ScriptedRun(Row row, Ends ends, Way way, boolean offload) {
    this.row = row;
    this.ends = ends;
    this.way = way;
    this.offload = offload;
  }

  private Config config() throws ConfigException {
    boolean ipv6 = ends == Ends.IPV6;
    String listen = ipv6 ? "[" + ends.service() + "]" : ends.service();
    String server = ipv6 ? "[" + ends.server() + "]" : ends.server();
    return ConfigReader.read(
        """
        [frontends.web]
        listen_addr = "%1$s:%2$d"
        backend = "web"
        %7$s
        [frontends.dns]
        listen_addr = "%1$s:%3$d"
        protocol = "udp"
        backend = "dns"
        %7$s
        [backends.web.servers.a]
        addr = "%4$s:%5$d"
        [backends.dns.servers.a]
        addr = "%4$s:%8$d"
        [passthrough]
        connection_tracker_capacity = %6$d
        """
            .formatted(
                listen,
                Ends.TCP,
                Ends.UDP,
                server,
                serverPort(Ends.TCP),
                FLOWS,
                way.keys(),
                serverPort(Ends.UDP)),
        Path.of("scripted.toml"),
        Mode.PASSTHROUGH);
  }

  /** By MAC address alone, a server listens where the frontend does. */
  private int serverPort(int frontendPort) {
    return way == Way.L2 ? frontendPort : Ends.SERVER_PORT;
  }

  /** Plays a script from the first frame to the last. */
  void play(Consumer<ScriptedRun> script) throws Exception {
    Config config = config();
    Counters counters = Counters.inMemory();
    // So that neither side has the first arm in all runs.
    List<Interface> interfaces =
        ends == Ends.IPV4 ? List.of(row.front(), row.back()) : List.of(row.back(), row.front());
    List<Arm> arms = List.of(row.open(interfaces.get(0)), row.open(interfaces.get(1)));
    Optional<KernelFlows> kernel =
        offload ? Optional.of(row.offload(interfaces, arms, FLOWS)) : Optional.empty();
    BitSet ports = new BitSet();
    ports.set(10000, 20000);
    passthrough =
        new Passthrough(
            config.passthrough(),
            arms,
            FlowTime.MONOTONIC,
            FlowHash.fixed(),
            ports,
            _ -> FlowStore.NONE,
            kernel,
            counters);
    try {
      IpAddress nat = IpAddress.parse(ends.nat());
      Hop hop = new Hop(interfaces.indexOf(row.back()), 1500, row.back().mac(), SERVER_MAC, nat);
      passthrough.tables().update(new Registry(config).snapshot(), _ -> hop, Set.of(nat));
      script.accept(this);
    } finally {
      passthrough.close();
      kernel.ifPresent(KernelFlows::close);
      for (Arm arm : arms) {
        arm.source().close();
        arm.sink().close();
      }
    }
    traffic =
        passthrough.tables().current().targets().stream()
            .flatMap(target -> target.traffic().stream())
            .map(each -> each.bytesFromClients() + " up, " + each.bytesFromServers() + " down")
            .toList()
            .toString();
    offloaded = counters.counter(Name.of(Metric.FRAMES_OFFLOADED).worker(0)).get();
    received = passthrough.pipeline().counts().received().get();
  }

  /** Sends a frame from the client, which has to come out at the server. */
  void fromClient(FrameBuilder sent) {
    fromClient(sent.frame());
  }

  void fromClient(Frame sent) {
    send(row.client(), sent);
    receive(row.server());
  }

  /** Sends a frame from the server, which has to come out at the client, if it answers this way. */
  void fromServer(FrameBuilder sent) {
    fromServer(sent.frame());
  }

  void fromServer(Frame sent) {
    if (way.isAnswered()) {
      send(row.server(), sent);
      receive(row.client());
    }
  }

  /** Sends a frame from the client, which the balancer itself has to answer. */
  void isAnswered(FrameBuilder sent) {
    send(row.client(), sent.frame());
    receive(row.client());
  }

  /** Sends a frame from the client that comes out nowhere: the next that does is another. */
  void isDropped(FrameBuilder sent) {
    isDropped(sent.frame());
  }

  void isDropped(Frame sent) {
    send(row.client(), sent);
  }

  private static void send(Row.End from, Frame sent) {
    from.sink().send(sent);
    from.sink().flush();
  }

  private void receive(Row.End at) {
    PacketSource source = at.source();
    long start = System.nanoTime();
    try {
      while (!source.receive(frame)) {
        passthrough.pipeline().runOnce();
        assertTrue(
            System.nanoTime() - start < PATIENCE_NS, () -> "frame " + seen.size() + " got lost");
      }
    } catch (Exception e) {
      throw new AssertionError("frame " + seen.size(), e);
    }
    UnsafeBuffer buffer = frame.buffer();
    byte[] bytes = new byte[buffer.capacity()];
    buffer.getBytes(0, bytes);
    headers.parse(buffer);
    seen.add(
        "%d %s %s gso %d"
            .formatted(
                seen.size(),
                HexFormat.of().formatHex(bytes),
                frame.isChecksumPartial() ? "partial" : "whole",
                frame.gsoSize()));
    source.release(1);
  }

  /** The last frame has the port that the server knows the client by. */
  void takeSeenPort() {
    seenPort = headers.sourcePort();
  }

  Ends ends() {
    return ends;
  }

  Way way() {
    return way;
  }

  /** Whom the server sees. */
  String seenClient() {
    return way == Way.NAT ? ends.nat() : ends.client();
  }

  int seenPort() {
    return seenPort;
  }

  /** What has come out, in order. */
  List<String> seen() {
    return seen;
  }

  /** What was counted for each server, after the end. */
  String traffic() {
    return traffic;
  }

  /** How many frames the kernel has forwarded, after the end. */
  long offloaded() {
    return offloaded;
  }

  /** How many frames have come to the pipeline, after the end. */
  long received() {
    return received;
  }
}
