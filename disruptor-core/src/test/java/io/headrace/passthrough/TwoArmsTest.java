package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Config;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.counters.Counters;
import io.headrace.forward.Hop;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Tcp;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.FlowTime;
import io.headrace.registry.Registry;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients are behind one interface and servers behind another: what leaves by which. */
class TwoArmsTest {
  private static final IpAddress NAT = IpAddress.parse("10.0.0.2");
  private static final long SERVER_MAC = 0x0200_0000_1100L;
  private static final int RING = 64;

  /** Source NAT, or the client's own address. */
  private static final int NAT_PORT = 80;

  private static final int CLIENT_PORT = 81;

  private static final class Side {
    private final MemorySource source = new MemorySource(RING);
    private final MemorySink sink = new MemorySink();
    private final Arm arm;

    Side(String name, long mac) {
      arm = new Arm(name, mac, source, sink);
    }
  }

  @TempDir private Path directory;
  private final Side front = new Side("front", 0x0200_0000_00f0L);
  private final Side back = new Side("back", 0x0200_0000_00b0L);
  private Registry registry;
  private Passthrough passthrough;
  private long now = 1_000_000_000L;

  private Passthrough start(List<Side> sides, FlowHash hash, Function<int[], FlowStore> stores)
      throws Exception {
    Config config =
        ConfigReader.read(
            """
            [frontends.nat]
            listen_addr = "10.0.0.2:80"
            backend = "nat"
            [frontends.client]
            listen_addr = "10.0.0.2:81"
            source = "client"
            backend = "client"
            [backends.nat.servers.a]
            addr = "10.0.0.11:8080"
            [backends.client.servers.a]
            addr = "10.0.0.11:8081"
            [passthrough]
            ring_size = %d
            """
                .formatted(RING),
            Path.of("arms.toml"),
            Mode.PASSTHROUGH);
    BitSet ports = new BitSet();
    ports.set(10_000, 20_000);
    passthrough =
        new Passthrough(
            config.passthrough(),
            sides.stream().map(side -> side.arm).toList(),
            FlowTime.OF_FRAMES,
            hash,
            ports,
            stores,
            Optional.empty(),
            Counters.inMemory());
    registry = new Registry(config);
    Hop hop = new Hop(sides.indexOf(back), 1500, back.arm.mac(), SERVER_MAC, NAT);
    passthrough.tables().update(registry.snapshot(), _ -> hop, Set.of(NAT));
    return passthrough;
  }

  @AfterEach
  void close() {
    front.source.close();
    back.source.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {NAT_PORT, CLIENT_PORT})
  void answersAndErrorsLeaveWhereTheClientIs(int frontend) throws Exception {
    try (Passthrough _ = start(List.of(back, front), FlowHash.random(), _ -> FlowStore.NONE)) {
      byte[] question = through(front, client(frontend).flags(Tcp.SYN), back);
      assertEquals(SERVER_MAC, mac(question, Ethernet.DESTINATION));
      byte[] answer = through(back, answer(question).flags(Tcp.SYN | Tcp.ACK), front);
      assertEquals(FrameBuilder.SOURCE_MAC, mac(answer, Ethernet.DESTINATION));
      through(back, error(question), front);

      through(back, client(frontend), back);
      through(back, answer(question), back);
      through(back, error(question), back);
    }
  }

  @Test
  void aRestartKnowsWhereClientsAreWhateverTheOrderOfItsArms() throws Exception {
    List<Side> backFirst = List.of(back, front);
    byte[] question;
    try (FlowFile file = open();
        Passthrough _ = start(backFirst, file.hash(), file::store)) {
      question = through(front, client(NAT_PORT).flags(Tcp.SYN), back);
      through(back, answer(question).flags(Tcp.SYN | Tcp.ACK), front);
    }
    for (List<Side> sides : List.of(backFirst.reversed(), backFirst)) {
      try (FlowFile file = open();
          Passthrough _ = start(sides, file.hash(), file::store)) {
        passthrough.recover(file.waiting(1), registry.snapshot()).finish(now);
        through(back, answer(question), front);
      }
    }
  }

  private FlowFile open() {
    return FlowFile.open(directory.resolve("flows"), 100, FlowHash.random());
  }

  private static FrameBuilder client(int frontend) {
    return FrameBuilder.tcp("192.0.2.1", 1024, "10.0.0.2", frontend);
  }

  /**
   * @param question as its server has seen it
   */
  private static FrameBuilder answer(byte[] question) {
    Headers seen = new Headers();
    seen.parse(new UnsafeBuffer(question));
    return FrameBuilder.tcp(
        "10.0.0.11", seen.destinationPort(), address(seen.sourceAddress()), seen.sourcePort());
  }

  private static FrameBuilder error(byte[] question) {
    Headers seen = new Headers();
    UnsafeBuffer quoted = new UnsafeBuffer(question);
    seen.parse(quoted);
    String from = address(seen.sourceAddress());
    return FrameBuilder.icmpError("198.51.100.7", from, 3, 4, 1400, quoted, 28);
  }

  private static String address(int ipv4) {
    return IpAddress.ofIpv4(ipv4).toString();
  }

  /** A frame comes in by one and leaves by another, alone. */
  private byte[] through(Side in, FrameBuilder frame, Side out) throws Exception {
    front.sink.frames().clear();
    back.sink.frames().clear();
    in.source.give(frame.macs(FrameBuilder.SOURCE_MAC, in.arm.mac()).array(), now++);
    while (!in.source.isEmpty() || !passthrough.pipeline().isDrained()) {
      passthrough.pipeline().runOnce();
    }
    assertEquals(1, out.sink.frames().size());
    assertTrue(in == out || in.sink.frames().isEmpty());
    byte[] sent = out.sink.frames().getFirst();
    assertEquals(out.arm.mac(), mac(sent, Ethernet.SOURCE));
    return sent;
  }

  private static long mac(byte[] frame, int offset) {
    return Ethernet.getMac(new UnsafeBuffer(frame), offset);
  }
}
