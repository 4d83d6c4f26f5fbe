package io.headrace.link;

import static io.headrace.link.TwoHosts.BOX;
import static io.headrace.link.TwoHosts.HOST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.link.GuardState.Endpoint;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the kernel answers to real frames. Nothing listens on the frontends' ports. */
@Tag("network")
class KernelGuardNetworkTest {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int NAT_PORT = 10_005;
  private static final int SILENCE_MS = 400;
  private static final PortSet NAT_PORTS = PortSet.range(10_000, 10_100);

  private TwoHosts hosts;

  @BeforeEach
  void plug() {
    hosts = new TwoHosts();
  }

  @AfterEach
  void unplug() {
    if (hosts != null) {
      hosts.close();
    }
  }

  @Test
  void kernelsResetIsStoppedForAFrontendAndForNothingElse() {
    assertEquals(Answer.RESET, connect(BOX, 80));
    apply(frontends(new Endpoint(TCP, BOX, 80)));
    assertEquals(Answer.SILENCE, connect(BOX, 80));
    assertEquals(Answer.RESET, connect(BOX, 81));
  }

  @Test
  void protocolIsPartOfTheMatch() {
    apply(frontends(new Endpoint(UDP, BOX, 80)));
    assertEquals(Answer.RESET, connect(BOX, 80));
  }

  @Test
  void boxItselfStillReachesAServersPortButNatPortsAreNotItsOwn() {
    try (ServerSocket server = hosts.host.call(() -> new ServerSocket(8080))) {
      apply(server(HOST, server.getLocalPort()));
      assertEquals(Answer.CONNECTION, connectFromBox(0, 8080));
      assertEquals(Answer.SILENCE, connectFromBox(NAT_PORT, 8080));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void otherServersPortAnswersToANatPortToo() {
    apply(server(HOST, 8080));
    assertEquals(Answer.RESET, connectFromBox(NAT_PORT, 8081));
  }

  @Test
  void noFramePassesWhileTheStateIsReplaced() throws Exception {
    Endpoint flooded = new Endpoint(UDP, BOX, 5000);
    apply(frontends(flooded));
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong sent = new AtomicLong();
    Thread flood = Thread.ofPlatform().daemon().start(() -> hosts.host.in(() -> flood(stop, sent)));
    TwoHosts.await("a flood", () -> sent.get() > 100);
    for (int port = 6000; port < 6015; port++) {
      apply(frontends(flooded, new Endpoint(UDP, BOX, port)));
      release(frontends(flooded), Duration.ofMinutes(1));
    }
    // Those that stand now have counted nothing yet.
    TwoHosts.await("a frame that the rules drop", this::countedDrops);
    stop.set(true);
    flood.join();
    assertEquals(0, datagramsToNobody(), () -> "of " + sent);
    purge();
    sendDatagram();
    TwoHosts.await("a datagram that passes", () -> datagramsToNobody() > 0);
  }

  @Test
  void releasedStateRunsOutByItself() {
    GuardState state = frontends(new Endpoint(UDP, BOX, 5000));
    apply(state);
    release(state, Duration.ofSeconds(2));
    sendDatagram();
    assertEquals(0, datagramsToNobody());
    TwoHosts.await(
        "rules that have run out",
        () -> {
          sendDatagram();
          return datagramsToNobody() > 0;
        });
  }

  @Test
  void whateverStandsIsTakenOver() {
    GuardState state = frontends(new Endpoint(TCP, BOX, 80));
    release(state, Duration.ofMinutes(1));
    apply(state);
    apply(frontends(new Endpoint(TCP, BOX, 81)));
    String rules = rules();
    assertEquals(1, rules.split("table netdev", -1).length - 1, rules);
    assertFalse(rules.contains("expires"), rules);
    assertEquals(Answer.RESET, connect(BOX, 80));
    assertEquals(Answer.SILENCE, connect(BOX, 81));
  }

  @Test
  void foreignTablesAreLeftAlone() {
    hosts.box.sh("nft add table netdev headrace_of_somebody; nft add table ip headrace_7");
    apply(frontends(new Endpoint(TCP, BOX, 80)));
    purge();
    assertTrue(rules().contains("headrace_of_somebody") && rules().contains("ip headrace_7"));
  }

  @Test
  void purgeLeavesNothing() {
    apply(server(HOST, 8080));
    assertFalse(rules().isEmpty());
    purge();
    assertEquals("", rules());
    purge();
  }

  @Test
  void interfaceThatReturnsIsGuardedByTheNextState() {
    GuardState state = frontends(new Endpoint(TCP, BOX, 80));
    apply(state);
    hosts.unplug();
    apply(state);
    hosts.plug();
    apply(state);
    assertEquals(Answer.SILENCE, connect(BOX, 80));
  }

  private enum Answer {
    CONNECTION,
    RESET,
    SILENCE
  }

  private Answer connect(InetAddress to, int port) {
    return hosts.host.call(() -> connect(0, new InetSocketAddress(to, port)));
  }

  private Answer connectFromBox(int localPort, int port) {
    return hosts.box.call(() -> connect(localPort, new InetSocketAddress(HOST, port)));
  }

  private static Answer connect(int localPort, InetSocketAddress to) throws IOException {
    // A busy machine may be slow to answer: silence counts only when there is none later either.
    for (int patience : new int[] {SILENCE_MS, 2 * SILENCE_MS}) {
      try (Socket socket = new Socket()) {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(localPort));
        socket.connect(to, patience);
        return Answer.CONNECTION;
      } catch (ConnectException e) {
        return Answer.RESET;
      } catch (SocketTimeoutException e) {
        continue;
      }
    }
    return Answer.SILENCE;
  }

  private static void flood(AtomicBoolean stop, AtomicLong sent)
      throws IOException, InterruptedException {
    try (DatagramSocket socket = new DatagramSocket()) {
      DatagramPacket packet = new DatagramPacket(new byte[8], 8, BOX, 5000);
      while (!stop.get()) {
        socket.send(packet);
        if (sent.incrementAndGet() % 50 == 0) {
          Thread.sleep(1);
        }
      }
    }
  }

  private void sendDatagram() {
    hosts.host.in(
        () -> {
          try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(new byte[8], 8, BOX, 5000));
          }
        });
  }

  /** Datagrams that reached the box's own stack, at a port where nobody listens. */
  private long datagramsToNobody() {
    String snmp = hosts.box.sh("grep '^Udp:' /proc/net/snmp | tail -1");
    return Long.parseLong(snmp.split(" ")[2]);
  }

  private boolean countedDrops() {
    return hosts.box.sh("nft list ruleset").matches("(?s).*counter packets [1-9].*");
  }

  private static GuardState frontends(Endpoint... frontends) {
    return new GuardState(
        Set.of("b0"), Set.of(frontends), Set.of(), Set.of(), Set.of(BOX), NAT_PORTS);
  }

  private static GuardState server(InetAddress address, int port) {
    Set<Endpoint> servers = Set.of(new Endpoint(TCP, address, port));
    return new GuardState(Set.of("b0"), Set.of(), servers, Set.of(), Set.of(BOX), NAT_PORTS);
  }

  private void apply(GuardState state) {
    hosts.box.in(() -> new KernelGuard().apply(state));
  }

  private void release(GuardState state, Duration grace) {
    hosts.box.in(() -> new KernelGuard().release(state, grace));
  }

  private void purge() {
    hosts.box.in(() -> new KernelGuard().purge());
  }

  private String rules() {
    return hosts.box.sh("nft list ruleset");
  }
}
