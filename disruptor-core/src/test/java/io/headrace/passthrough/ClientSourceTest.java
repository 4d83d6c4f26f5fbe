package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import io.headrace.packet.Tcp;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Passthrough that keeps the client's address: frontends 10.0.0.2:80 and UDP :53. */
class ClientSourceTest {
  private static final long CLIENT_MAC = FrameBuilder.SOURCE_MAC;
  private static final long MOVED_MAC = 0x0200_0000_0077L;
  private static final String CLIENT = "192.0.2.1";
  private static final String SERVER = "10.0.0.11";

  private Bench bench;
  private long now = 1_000_000_000L;

  private static Config config(String servers) throws ConfigException {
    return ConfigReader.read(
        """
        [frontends.web]
        listen_addr = "10.0.0.2:80"
        source = "client"
        backend = "web"
        [frontends.dns]
        listen_addr = "10.0.0.2:53"
        protocol = "udp"
        source = "client"
        backend = "dns"
        [backends.dns.servers.a]
        addr = "10.0.0.11:5353"
        [passthrough]
        ring_size = 256
        workers = 3
        """
            + servers,
        Path.of("client.toml"),
        Mode.PASSTHROUGH);
  }

  @BeforeEach
  void open() throws Exception {
    bench =
        new Bench(
            config("[backends.web.servers.a]\naddr = \"10.0.0.11:8080\"\n"),
            FlowHash.random(),
            _ -> FlowStore.NONE);
  }

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void bothDirectionsKeepTheClientAndMeetInOneWorker() throws Exception {
    for (int port = 1; port <= 100; port++) {
      Headers question = parsed(through(client(port).flags(Tcp.SYN).timeToLive(9)));
      assertEquals(FrameBuilder.address(CLIENT), question.sourceAddress());
      assertEquals(port, question.sourcePort());
      assertEquals(FrameBuilder.address(SERVER), question.destinationAddress());
      assertEquals(8080, question.destinationPort());
      assertEquals(8, question.timeToLive());

      byte[] frame = through(server(port).flags(Tcp.SYN | Tcp.ACK).timeToLive(5));
      Headers answer = parsed(frame);
      assertEquals(FrameBuilder.address("10.0.0.2"), answer.sourceAddress());
      assertEquals(80, answer.sourcePort());
      assertEquals(FrameBuilder.address(CLIENT), answer.destinationAddress());
      assertEquals(port, answer.destinationPort());
      assertEquals(4, answer.timeToLive());
      assertEquals(CLIENT_MAC, mac(frame, Ethernet.DESTINATION));
      assertEquals(Bench.BALANCER_MAC, mac(frame, Ethernet.SOURCE));
    }
    assertEquals(100, traffic().mapToLong(Traffic::totalConnections).sum());
    assertTrue(traffic().mapToLong(Traffic::bytesFromServers).sum() >= 5400);
  }

  @Test
  void theAnswerFollowsAClientThatMoves() throws Exception {
    through(client(1).flags(Tcp.SYN));
    through(client(1).macs(MOVED_MAC, Bench.BALANCER_MAC));
    assertEquals(MOVED_MAC, mac(through(server(1)), Ethernet.DESTINATION));
  }

  @Test
  void aRestartForgetsNothingThatTheNextFrameDoesNotTell() throws Exception {
    through(client(1));
    assertEquals(CLIENT_MAC, mac(through(server(1)), Ethernet.DESTINATION));
    assertEquals(0, traffic().mapToLong(Traffic::totalConnections).sum());
    assertEquals(1, traffic().mapToLong(Traffic::currentConnections).sum());
  }

  @Test
  void whatAServerSendsToNobodyThatAskedIsDropped() throws Exception {
    give(server(1));
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.NO_FLOW));
  }

  @Test
  void whatAServerAnswersToTheBalancersOwnChecksIsTheKernels() throws Exception {
    give(FrameBuilder.tcp(SERVER, 8080, "10.0.0.2", 45000).flags(Tcp.SYN | Tcp.ACK));
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.NO_SERVICE));
  }

  @Test
  void aServerThatLeftStillAnswersForItsConnections() throws Exception {
    through(client(1).flags(Tcp.SYN));
    through(client(1));
    bench.registry.apply(config("[backends.web.servers.b]\naddr = \"10.0.0.12:8080\"\n"));
    bench.resolve();
    assertEquals(FrameBuilder.address(SERVER), parsed(through(client(1))).destinationAddress());
    assertEquals(80, parsed(through(server(1))).sourcePort());
  }

  @Test
  void theServersResetEndsAConnection() throws Exception {
    through(client(1).flags(Tcp.SYN));
    through(client(1));
    through(server(1).flags(Tcp.RST));
    assertEquals(0, traffic().mapToLong(Traffic::currentConnections).sum());
  }

  @Test
  void udpGoesBothWays() throws Exception {
    Headers question =
        parsed(through(FrameBuilder.udp(CLIENT, 777, "10.0.0.2", 53).payload(new byte[9])));
    assertEquals(5353, question.destinationPort());
    Headers answer =
        parsed(
            through(FrameBuilder.udp(SERVER, 5353, CLIENT, 777).noChecksum().payload(new byte[9])));
    assertEquals(53, answer.sourcePort());
    assertEquals(777, answer.destinationPort());
  }

  private Stream<Traffic> traffic() {
    return bench.table().frontends().getFirst().traffic().stream();
  }

  private static FrameBuilder client(int port) {
    return FrameBuilder.tcp(CLIENT, port, "10.0.0.2", 80).flags(Tcp.ACK);
  }

  private static FrameBuilder server(int port) {
    return FrameBuilder.tcp(SERVER, 8080, CLIENT, port).flags(Tcp.ACK);
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
    UnsafeBuffer bytes = new UnsafeBuffer(frame);
    assertEquals(Parse.FLOW, headers.parse(bytes));
    assertTrue(Checksums.ipv4Valid(bytes, headers.networkOffset()));
    assertTrue(Checksums.transportValid(bytes, headers));
    return headers;
  }

  private static long mac(byte[] frame, int offset) {
    return Ethernet.getMac(new UnsafeBuffer(frame), offset);
  }
}
