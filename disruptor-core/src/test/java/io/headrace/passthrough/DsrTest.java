package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.forward.Reason;
import io.headrace.forward.Traffic;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;
import io.headrace.packet.PartialChecksum;
import io.headrace.packet.Tcp;
import io.headrace.registry.Server;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Direct server return: frontends 10.0.0.2:80 (l2), :81 (nat) and UDP :53, :54 (l2). */
class DsrTest {
  private static final String SERVERS =
      """
      [backends.pool.servers.a]
      addr = "10.0.0.11:80"
      [backends.pool.servers.b]
      addr = "10.0.0.12:80"
      """;
  private static final String MORE_SERVERS =
      SERVERS
          + """
          [backends.pool.servers.c]
          addr = "10.0.0.13:80"
          [backends.pool.servers.d]
          addr = "10.0.0.14:80"
          """;

  private Bench bench;
  private long now = 1_000_000_000L;

  private static Config config(String servers) throws ConfigException {
    String nat = servers.replace("pool", "other").replace(":80", ":8080");
    String udp = servers.replace("pool", "dns").replace(":80", ":53");
    String questions = servers.replace("pool", "questions").replace(":80", ":54");
    return ConfigReader.read(
        """
        [frontends.l2]
        listen_addr = "10.0.0.2:80"
        dsr = "l2"
        backend = "pool"
        [frontends.nat]
        listen_addr = "10.0.0.2:81"
        backend = "other"
        [frontends.dns]
        listen_addr = "10.0.0.2:53"
        protocol = "udp"
        dsr = "l2"
        backend = "dns"
        [frontends.questions]
        listen_addr = "10.0.0.2:54"
        protocol = "udp"
        dsr = "l2"
        one_packet = true
        backend = "questions"
        [passthrough]
        ring_size = 256
        """
            + servers
            + nat
            + udp
            + questions,
        Path.of("dsr.toml"),
        Mode.DSR);
  }

  @BeforeEach
  void open() throws Exception {
    bench = bench(SERVERS);
  }

  private static Bench bench(String servers) throws ConfigException {
    return new Bench(config(servers), FlowHash.random(), _ -> FlowStore.NONE);
  }

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void byL2NothingButTheEthernetAddressesChanges() throws Exception {
    FrameBuilder builder =
        syn(40000, 80).vlans(12).ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 0).timeToLive(1);
    byte[] before = builder.array();
    byte[] after = through(builder);

    assertEquals(Bench.BALANCER_MAC, mac(after, Ethernet.SOURCE));
    assertTrue(isServer(mac(after, Ethernet.DESTINATION)));
    System.arraycopy(after, 0, before, 0, 12);
    assertArrayEquals(before, after);
  }

  /** Without a flow too, as by another balancer or after a restart. */
  @Test
  void anErrorAboutAnAnswerReachesTheServerThatGaveIt() throws Exception {
    byte[] opening = through(syn(40000, 80));
    UnsafeBuffer answer = FrameBuilder.tcp("10.0.0.2", 80, "192.0.2.1", 40000).buffer();
    FrameBuilder error = FrameBuilder.icmpError("198.51.100.7", "10.0.0.2", 3, 4, 1400, answer, 28);
    byte[] before = error.array();
    byte[] after = through(error);
    assertEquals(mac(opening, Ethernet.DESTINATION), mac(after, Ethernet.DESTINATION));
    System.arraycopy(after, 0, before, 0, 12);
    assertArrayEquals(before, after);

    Headers toServer = parsed(through(syn(40001, 81)));
    UnsafeBuffer seen = FrameBuilder.tcp("10.0.0.2", 81, "192.0.2.1", 40001).buffer();
    byte[] translated =
        through(FrameBuilder.icmpError("198.51.100.7", "10.0.0.2", 3, 4, 1400, seen, 40));
    UnsafeBuffer bytes = new UnsafeBuffer(translated);
    assertEquals(toServer.destinationAddress(), bytes.getInt(30, ByteOrder.BIG_ENDIAN));
    assertEquals(toServer.destinationAddress(), bytes.getInt(54, ByteOrder.BIG_ENDIAN));
    assertEquals(8080, bytes.getShort(62, ByteOrder.BIG_ENDIAN));
    assertEquals(0xFFFF, Checksums.sum(bytes, 34, 48), "the checksum of ICMP");
    assertTrue(Checksums.ipv4Valid(bytes, 14) && Checksums.ipv4Valid(bytes, 42));
  }

  @Test
  void byNatTheDestinationIsTheServersAndTheSourceStaysTheClients() throws Exception {
    byte[] after = through(syn(40000, 81).timeToLive(9));
    Headers headers = parsed(after);

    assertEquals(FrameBuilder.address("192.0.2.1"), headers.sourceAddress());
    assertEquals(40000, headers.sourcePort());
    assertTrue(
        Set.of(FrameBuilder.address("10.0.0.11"), FrameBuilder.address("10.0.0.12"))
            .contains(headers.destinationAddress()));
    assertEquals(8080, headers.destinationPort());
    assertEquals(8, headers.timeToLive());
    assertTrue(Checksums.ipv4Valid(new UnsafeBuffer(after), headers.networkOffset()));
    assertTrue(Checksums.transportValid(new UnsafeBuffer(after), headers));
    assertTrue(isServer(mac(after, Ethernet.DESTINATION)));
  }

  @Test
  void byNatATimeToLiveThatEndsHereIsAnswered() throws Exception {
    give(syn(40000, 81).timeToLive(1));
    assertEquals(1, bench.run().size());
    assertEquals(1, bench.refused(Reason.TTL_EXPIRED_ANSWERED));
  }

  @Test
  void superFramesWithPartialChecksumsPassWhole() throws Exception {
    for (int port : new int[] {80, 81}) {
      through(syn(40000, port));
      bench.source.give(
          client(40000, port).payload(FrameBuilder.bytes(60_000)).partialChecksum().frame(), now++);
      byte[] after = bench.run().getFirst();
      Headers headers = parsed(after);
      assertEquals(60_000, headers.payloadLength());
      assertTrue(bench.sink.partialChecksums().getLast());
      UnsafeBuffer buffer = new UnsafeBuffer(after);
      PartialChecksum.complete(buffer, headers.transportOffset(), Tcp.CHECKSUM);
      assertTrue(Checksums.transportValid(buffer, headers));
    }
  }

  @Test
  void machinesThatShareNoKeyAgreeOnTheServer() throws Exception {
    try (Bench another = bench(SERVERS)) {
      Set<Long> used = new HashSet<>();
      for (int port = 1; port <= 200; port++) {
        long here = mac(through(client(port, 80)), Ethernet.DESTINATION);
        another.source.give(client(port, 80).array(), now);
        assertEquals(here, mac(another.run().getFirst(), Ethernet.DESTINATION));
        used.add(here);
      }
      assertEquals(2, used.size());
    }
  }

  @Test
  void aFlowStaysOnItsServerWhileThePoolChanges() throws Exception {
    long[] servers = new long[201];
    for (int port = 1; port <= 200; port++) {
      servers[port] = mac(through(syn(port, 80)), Ethernet.DESTINATION);
      through(client(port, 80));
    }
    bench.registry.apply(config(MORE_SERVERS));
    bench.resolve();

    for (int port = 1; port <= 200; port++) {
      assertEquals(servers[port], mac(through(client(port, 80)), Ethernet.DESTINATION));
    }
    Set<Long> ofNewFlows = new HashSet<>();
    for (int port = 201; port <= 400; port++) {
      ofNewFlows.add(mac(through(syn(port, 80)), Ethernet.DESTINATION));
    }
    assertEquals(4, ofNewFlows.size());
    Traffic traffic = traffic("l2");
    assertEquals(400, traffic.totalConnections());
    assertEquals(400, traffic.currentConnections());
  }

  @Test
  void ofOnePacketServicesNothingIsRemembered() throws Exception {
    assertTrue(movedByAChange(53) == 0, "datagrams of a flow stay");
    assertTrue(movedByAChange(54) > 20, "and move where each is a question of its own");
    assertEquals(0, traffic("questions").totalConnections());
    assertEquals(200, traffic("dns").currentConnections());
  }

  private int movedByAChange(int frontend) throws Exception {
    bench.registry.apply(config(SERVERS));
    bench.resolve();
    long[] servers = new long[201];
    for (int port = 1; port <= 200; port++) {
      servers[port] = mac(through(datagram(port, frontend)), Ethernet.DESTINATION);
    }
    bench.registry.apply(config(MORE_SERVERS));
    bench.resolve();
    int moved = 0;
    for (int port = 1; port <= 200; port++) {
      long server = mac(through(datagram(port, frontend)), Ethernet.DESTINATION);
      moved += server == servers[port] ? 0 : 1;
    }
    return moved;
  }

  @Test
  void aServerThatGoesDownKeepsItsConnectionsAndTakesNoOthers() throws Exception {
    long before = mac(through(syn(40000, 80)), Ethernet.DESTINATION);
    through(client(40000, 80));
    takeDown(before);

    assertEquals(before, mac(through(client(40000, 80)), Ethernet.DESTINATION));
    for (int port = 1; port <= 100; port++) {
      assertNotEquals(before, mac(through(syn(port, 80)), Ethernet.DESTINATION));
    }
    assertNotEquals(before, mac(through(syn(40000, 80)), Ethernet.DESTINATION));
  }

  @Test
  void aFinEndsAConnectionAndTheLastFramesStillArrive() throws Exception {
    long server = mac(through(syn(40000, 80)), Ethernet.DESTINATION);
    through(client(40000, 80));
    assertEquals(1, traffic("l2").currentConnections());
    through(client(40000, 80).flags(Tcp.ACK | Tcp.FIN));
    assertEquals(0, traffic("l2").currentConnections());
    assertEquals(server, mac(through(client(40000, 80)), Ethernet.DESTINATION));
    through(syn(40000, 80));
    assertEquals(2, traffic("l2").totalConnections());
    assertEquals(1, traffic("l2").currentConnections());
  }

  @Test
  void aServerWithoutANextHopIsSaid() throws Exception {
    bench.loseNextHops();
    give(syn(40000, 80));
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.NO_NEXT_HOP));
  }

  private void takeDown(long mac) {
    Server server =
        bench.registry.snapshot().pools().stream()
            .flatMap(pool -> pool.servers().stream())
            .filter(each -> Bench.serverMac(each.id()) == mac)
            .findFirst()
            .orElseThrow();
    for (int check = 0; check < 3; check++) {
      bench.registry.report(server, false, "as the test wants");
    }
    bench.resolve();
  }

  private Traffic traffic(String frontend) {
    return bench.table().frontends().stream()
        .filter(each -> each.service().name().equals(frontend))
        .findFirst()
        .orElseThrow()
        .traffic()
        .getFirst();
  }

  private static FrameBuilder client(int port, int frontend) {
    return FrameBuilder.tcp("192.0.2.1", port, "10.0.0.2", frontend).flags(Tcp.ACK);
  }

  private static FrameBuilder syn(int port, int frontend) {
    return client(port, frontend).flags(Tcp.SYN);
  }

  private static FrameBuilder datagram(int port, int frontend) {
    return FrameBuilder.udp("192.0.2.1", port, "10.0.0.2", frontend).payload(new byte[30]);
  }

  private void give(FrameBuilder frame) {
    bench.source.give(frame.array(), now++);
  }

  private byte[] through(FrameBuilder frame) throws Exception {
    give(frame);
    return bench.run().getFirst();
  }

  private static Headers parsed(byte[] frame) {
    Headers headers = new Headers();
    assertEquals(Parse.FLOW, headers.parse(new UnsafeBuffer(frame)));
    return headers;
  }

  private static long mac(byte[] frame, int offset) {
    return Ethernet.getMac(new UnsafeBuffer(frame), offset);
  }

  private static boolean isServer(long mac) {
    return mac >= Bench.serverMac(0) && mac < Bench.serverMac(20);
  }
}
