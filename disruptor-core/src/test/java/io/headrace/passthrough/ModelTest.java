package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.RandomRuns;
import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.config.Timeouts;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowReader;
import io.headrace.conntrack.FlowRecords.End;
import io.headrace.conntrack.FlowView;
import io.headrace.conntrack.StoredFlows;
import io.headrace.forward.Reason;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Parse;
import io.headrace.packet.Tcp;
import io.headrace.registry.Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole data path against a map of connections, through random runs of frames of clients and
 * servers, time, changes of configuration and health, and restarts with another number of workers,
 * after which the connections of before are taken over at once, or when frames go on already.
 */
class ModelTest {
  private static final int STEPS = 1500;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final long TICK_NS = 1L << 28;
  private static final int[] FLAGS = {
    Tcp.SYN,
    Tcp.SYN,
    Tcp.ACK,
    Tcp.ACK,
    Tcp.ACK | Tcp.PSH,
    Tcp.SYN | Tcp.ACK,
    Tcp.FIN | Tcp.ACK,
    Tcp.RST,
    Tcp.RST | Tcp.ACK,
    0
  };

  @TempDir private Path directory;

  private record Client(int protocol, String address, int port, int servicePort) {}

  private enum State {
    OPENING,
    ANSWERED,
    OPEN,
    CLIENT_DONE,
    SERVER_DONE,
    DONE,
    RESET;

    boolean isOver() {
      return this == DONE || this == RESET;
    }
  }

  /** What is known of a connection; it changes. */
  private static final class Connection {
    String server;
    int natPort;
    State state = State.OPENING;
    long deadlineNs;

    /** It is one of before a restart, and in the file alone. */
    boolean waits;

    boolean clientSpoke;
    boolean serverSpoke;
  }

  @Test
  void theDataPathAgreesWithAMapThroughWhateverHappens() {
    RandomRuns.play(
        random -> {
          Path path = directory.resolve("flows");
          try (Run run = new Run(random, path)) {
            for (int step = 0; step < STEPS; step++) {
              run.step();
            }
            run.end();
          }
          Files.delete(path);
          Files.deleteIfExists(directory.resolve("flows.ipv6"));
        });
  }

  private static final class Run implements AutoCloseable {
    private final Random random;
    private final Path path;
    private final Map<Client, Connection> connections = new HashMap<>();

    /** Those in the file that may not go on; some have left it, perhaps. */
    private final Map<Client, Connection> orphans = new HashMap<>();

    /** What is to come of the restart, until it has. */
    private FlowRecoverer recoverer;

    private FlowRecoverer.Result expected;

    /** Servers in the configuration, and those of them that are up. */
    private final Set<String> configured = new TreeSet<>();

    private final Set<String> up = new HashSet<>();
    private final boolean ipv6;
    private final String ours;
    private boolean hasSecondFrontend = true;

    /** Whether frames to the second frontend are ours, though it may have left. */
    private boolean keepsSecondFrontend = true;

    private String onUnknown;
    private FlowFile file;
    private Bench bench;
    private long nowNs = Duration.ofDays(1).toNanos();

    Run(Random random, Path path) throws ConfigException {
      this.random = random;
      this.path = path;
      this.ipv6 = random.nextBoolean();
      this.ours = address("10.0.0.2");
      configured.addAll(List.of(address("10.0.0.11"), address("10.0.0.12")));
      up.addAll(configured);
      open();
    }

    /** The one of IPv6 that stands for one of IPv4, in a run over IPv6. */
    private String address(String ipv4) {
      String network = ipv4.startsWith("10.") ? "2001:db8::" : "2001:db8:1::";
      return ipv6
          ? IpAddress.parse(network + ipv4.substring(ipv4.lastIndexOf('.') + 1)).toString()
          : ipv4;
    }

    private String at(String address, int port) {
      return (ipv6 ? "[" + address + "]:" : address + ":") + port;
    }

    private void open() throws ConfigException {
      onUnknown = List.of("drop", "reset", "hash").get(random.nextInt(3));
      file = FlowFile.open(path, 2000, new FlowHash(random.nextLong(), random.nextLong()));
      if (ipv6) {
        file.carryIpv6();
      }
      bench = new Bench(config(1 + random.nextInt(4)), file.hash(), file::store);
    }

    private Config config(int workers) throws ConfigException {
      StringBuilder text =
          new StringBuilder(
              """
              [passthrough]
              ring_size = 64
              connection_tracker_capacity = 10000
              workers = %d
              on_unknown = "%s"
              [frontends.web]
              listen_addr = "%s"
              backend = "pool"
              [frontends.dns]
              listen_addr = "%s"
              protocol = "udp"
              backend = "pool"
              [backends.pool]
              health_check_interval = 3
              """
                  .formatted(workers, onUnknown, at(ours, 80), at(ours, 53)));
      for (String server : configured) {
        text.append(
            "[backends.pool.servers.s%s]\naddr = \"%s\"\n"
                .formatted(server.replaceAll("[.:]", ""), at(server, 8080)));
      }
      if (hasSecondFrontend) {
        text.append(
            "[frontends.more]\nlisten_addr = \"%s\"\nbackend = \"pool\"\n".formatted(at(ours, 81)));
      }
      return ConfigReader.read(text.toString(), Path.of("model.toml"), Mode.PASSTHROUGH);
    }

    @Override
    public void close() {
      assertEquals(0, bench.counts().faults().get());
      assertEquals(0, bench.refused(Reason.TABLE_FULL) + bench.refused(Reason.NO_NAT_PORT));
      bench.close();
      file.close();
    }

    void step() throws Exception {
      int what = random.nextInt(1000);
      if (what < 480) {
        fromClient(anyClient(), FLAGS[random.nextInt(FLAGS.length)]);
      } else if (what < 840) {
        fromServer();
      } else if (what < 900) {
        handshake();
      } else if (what < 985) {
        nowNs += random.nextLong(Duration.ofSeconds(random.nextInt(20) == 0 ? 300 : 5).toNanos());
      } else if (what < 990) {
        takeOver();
      } else if (what < 996) {
        change();
      } else {
        restart();
      }
    }

    private Client anyClient() {
      boolean udp = random.nextInt(4) == 0;
      return new Client(
          udp ? UDP : TCP,
          address("192.0.2." + (1 + random.nextInt(12))),
          1 + random.nextInt(4),
          udp ? 53 : 80 + random.nextInt(2));
    }

    private void handshake() throws Exception {
      Client client = anyClient();
      fromClient(client, Tcp.SYN);
      if (live(client) != null) {
        fromServer(client.protocol(), connections.get(client), Tcp.SYN | Tcp.ACK);
        fromClient(client, Tcp.ACK);
      }
    }

    private void fromClient(Client client, int flags) throws Exception {
      nowNs++;
      boolean tcp = client.protocol() == TCP;
      FrameBuilder frame =
          tcp
              ? FrameBuilder.tcp(client.address(), client.port(), ours, client.servicePort())
                  .flags(flags)
              : FrameBuilder.udp(client.address(), client.port(), ours, client.servicePort());
      Headers out = send(frame);
      boolean isSecond = client.servicePort() == 81;
      if (isSecond && !hasSecondFrontend && !keepsSecondFrontend) {
        assertNull(out, "to a frontend that is gone");
        return;
      }
      Connection known = live(client);
      boolean opens = !tcp || flags == Tcp.SYN;
      boolean goesOn = known != null;
      if (goesOn && opens) {
        boolean leaves = !up.contains(known.server);
        goesOn = !(tcp ? leaves || known.state.isOver() : leaves);
      }
      if (goesOn) {
        assertTrue(out != null, () -> client + " was refused: " + bench.counts().refused());
        assertEquals(known.server, out.destination().toString());
        assertEquals(known.natPort, out.sourcePort());
        track(client, known, true, flags);
        return;
      }
      boolean resets = (flags & Tcp.RST) != 0;
      boolean ends = resets || (flags & Tcp.FIN) != 0;
      if (!opens && (!onUnknown.equals("hash") || ends)) {
        boolean answered = onUnknown.equals("reset") && !resets;
        assertEquals(answered, out != null, "answered");
        assertTrue(
            out == null
                || out.destination().toString().equals(client.address())
                    && (out.tcpFlags() & Tcp.RST) != 0);
        return;
      }
      if (up.isEmpty() || isSecond && !hasSecondFrontend) {
        assertNull(out, "nothing takes new connections");
        return;
      }
      assertTrue(out != null, () -> client + " was refused: " + bench.counts().refused());
      Connection begun = new Connection();
      begun.server = out.destination().toString();
      begun.natPort = out.sourcePort();
      assertTrue(up.contains(begun.server), begun.server + " takes new connections");
      assertEquals(ours, out.source().toString());
      if (known != null && known.server.equals(begun.server)) {
        assertEquals(known.natPort, begun.natPort, "the port that the client had");
      }
      connections.remove(client);
      assertNull(owner(client.protocol(), begun.server, begun.natPort), "a port in use");
      connections.put(client, begun);
      orphans.remove(client);
      track(client, begun, true, flags);
    }

    private void fromServer() throws Exception {
      List<Client> all = new ArrayList<>(connections.keySet());
      if (!all.isEmpty()) {
        Client client = all.get(random.nextInt(all.size()));
        fromServer(client.protocol(), connections.get(client), FLAGS[random.nextInt(FLAGS.length)]);
      }
    }

    /** To the port of a connection, which may have ended, and the port be another's. */
    private void fromServer(int protocol, Connection to, int flags) throws Exception {
      nowNs++;
      FrameBuilder frame =
          protocol == TCP
              ? FrameBuilder.tcp(to.server, 8080, ours, to.natPort).flags(flags)
              : FrameBuilder.udp(to.server, 8080, ours, to.natPort);
      Headers out = send(frame);
      Client client = owner(protocol, to.server, to.natPort);
      if (client == null) {
        assertNull(out, "of no connection");
        return;
      }
      assertTrue(out != null, () -> "to " + client + ": " + bench.counts().refused());
      assertEquals(client.address(), out.destination().toString());
      assertEquals(client.port(), out.destinationPort());
      assertEquals(ours, out.source().toString());
      assertEquals(client.servicePort(), out.sourcePort());
      track(client, connections.get(client), false, flags);
    }

    /** Whose connection has a port towards a server, or null. */
    private Client owner(int protocol, String server, int natPort) {
      return connections.entrySet().stream()
          .filter(
              each ->
                  each.getKey().protocol() == protocol
                      && each.getValue().server.equals(server)
                      && each.getValue().natPort == natPort
                      && live(each.getKey()) != null)
          .map(Map.Entry::getKey)
          .findFirst()
          .orElse(null);
    }

    private Connection live(Client client) {
      Connection known = connections.get(client);
      return known == null || known.deadlineNs <= nowNs ? null : known;
    }

    private void track(Client client, Connection connection, boolean fromClient, int flags) {
      if (client.protocol() == UDP) {
        connection.state = fromClient ? connection.state : State.OPEN;
      } else {
        connection.state = next(connection, fromClient, flags);
      }
      connection.deadlineNs = nowNs + timeout(client.protocol(), connection.state).toNanos();
    }

    private static State next(Connection connection, boolean fromClient, int flags) {
      State state = connection.state;
      boolean resets = (flags & Tcp.RST) != 0;
      if (state == State.RESET) {
        boolean alive = !resets && (flags & Tcp.SYN) == 0 && (flags & Tcp.ACK) != 0;
        connection.clientSpoke = alive && (connection.clientSpoke || fromClient);
        connection.serverSpoke = alive && (connection.serverSpoke || !fromClient);
        if (!connection.clientSpoke || !connection.serverSpoke) {
          return State.RESET;
        }
        state = State.OPEN;
      }
      if (resets) {
        connection.clientSpoke = false;
        connection.serverSpoke = false;
        return state == State.DONE ? state : State.RESET;
      }
      if (state == State.OPENING) {
        return fromClient ? state : State.ANSWERED;
      }
      if (state == State.ANSWERED && (!fromClient || (flags & Tcp.ACK) == 0)) {
        return state;
      }
      if (state == State.ANSWERED) {
        state = State.OPEN;
      }
      if ((flags & Tcp.FIN) == 0) {
        return state;
      }
      return switch (state) {
        case OPEN -> fromClient ? State.CLIENT_DONE : State.SERVER_DONE;
        case CLIENT_DONE -> fromClient ? state : State.DONE;
        case SERVER_DONE -> fromClient ? State.DONE : state;
        default -> state;
      };
    }

    private static Duration timeout(int protocol, State state) {
      Timeouts timeouts = Timeouts.DEFAULT;
      if (protocol == UDP) {
        return state == State.OPEN ? timeouts.udpReplied() : timeouts.udpUnreplied();
      }
      return switch (state) {
        case OPENING -> timeouts.synSent();
        case ANSWERED -> timeouts.synReceived();
        case OPEN -> timeouts.established();
        case CLIENT_DONE -> timeouts.finClient();
        case SERVER_DONE -> timeouts.finServer();
        case DONE -> timeouts.timeWait();
        case RESET -> timeouts.reset();
      };
    }

    /** Another configuration, or another health, in a process that goes on. */
    private void change() throws Exception {
      if (random.nextBoolean()) {
        takeOver();
        reconfigure();
        bench.registry.apply(config(1));
      } else if (!configured.isEmpty()) {
        List<Server> servers = bench.registry.snapshot().pools().getFirst().servers();
        Server server = servers.get(random.nextInt(servers.size()));
        String address = server.address().getAddress().getHostAddress();
        boolean healthy = random.nextBoolean();
        for (int check = 0; check < 3; check++) {
          bench.registry.report(server, healthy, "as the test wants");
        }
        if (healthy) {
          up.add(address);
        } else {
          up.remove(address);
        }
      }
      keepsSecondFrontend =
          hasSecondFrontend
              || keepsSecondFrontend
                  && bench.table().frontends().stream()
                      .anyMatch(
                          each -> each.service().name().equals("more") && each.hasConnections());
      bench.resolve();
    }

    private void reconfigure() {
      hasSecondFrontend = random.nextInt(3) > 0;
      for (String each : List.of("10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14")) {
        String server = address(each);
        if (random.nextInt(3) == 0 && !(configured.equals(Set.of(server)))) {
          if (configured.remove(server)) {
            up.remove(server);
          } else {
            configured.add(server);
            up.add(server);
          }
        }
      }
    }

    /**
     * Another process, with another configuration. What has not been taken over since the last
     * restart is no worse off.
     */
    private void restart() throws Exception {
      letExpire();
      close();
      Set<Client> stored = stored();
      reconfigure();
      up.clear();
      up.addAll(configured);
      keepsSecondFrontend = hasSecondFrontend;
      open();
      connections.values().removeIf(each -> each.state.isOver() || each.state == State.OPENING);
      // Of what has just ended, some was still there.
      connections
          .entrySet()
          .removeIf(
              each -> {
                long left = each.getValue().deadlineNs - nowNs;
                boolean unclear = left <= 0 && left > -2 * TICK_NS;
                return unclear ? !stored.contains(each.getKey()) : left <= 0;
              });
      orphans.keySet().retainAll(stored);
      connections.putAll(orphans);
      assertEquals(stored, connections.keySet());
      orphans.clear();
      connections.forEach(
          (client, connection) -> {
            if (!configured.contains(connection.server)
                || client.servicePort() == 81 && !hasSecondFrontend) {
              orphans.put(client, connection);
            }
            connection.state = State.OPEN;
            connection.waits = true;
            connection.deadlineNs = Long.MAX_VALUE;
          });
      connections.keySet().removeAll(orphans.keySet());
      int workers = bench.passthrough.flowCounters().size();
      recoverer = bench.passthrough.recover(file.waiting(workers), bench.registry.snapshot());
      expected = new FlowRecoverer.Result(connections.size(), orphans.size());
      if (random.nextBoolean()) {
        assertEquals(expected, recoverer.finish(nowNs));
        recoverer = null;
        notice();
      }
    }

    /** All that waits, between the frames that may come. */
    private void takeOver() throws Exception {
      if (recoverer == null) {
        return;
      }
      List<FlowRecoverer.Result> results = new ArrayList<>();
      recoverer.start(() -> nowNs).thenAccept(results::add);
      while (!recoverer.isDone()) {
        bench.passthrough.pipeline().runOnce();
      }
      assertEquals(List.of(expected), results);
      recoverer = null;
      notice();
      assertTrue(connections.values().stream().noneMatch(each -> each.waits), "left behind");
    }

    /** Connections of before the restart have been taken over: they count as just seen. */
    private void notice() {
      FlowView view = new FlowView();
      for (FlowReader reader : bench.passthrough.flowReaders()) {
        for (int flow = 0; flow < reader.end(); flow++) {
          Connection there = reader.read(flow, view) ? connections.get(client(view)) : null;
          if (there != null && there.waits) {
            there.waits = false;
            there.deadlineNs = nowNs + timeout(view.protocol(), State.OPEN).toNanos();
          }
        }
      }
    }

    private static Client client(FlowView flow) {
      return new Client(
          flow.protocol(),
          new IpAddress(flow.high(End.CLIENT), flow.low(End.CLIENT)).toString(),
          flow.port(End.CLIENT),
          flow.port(End.SERVICE));
    }

    private Set<Client> stored() {
      Set<Client> stored = new HashSet<>();
      try (StoredFlows flows = StoredFlows.open(path)) {
        flows.forEach(
            flow ->
                stored.add(
                    new Client(
                        flow.protocol(),
                        flow.client().toString(),
                        flow.clientPort(),
                        flow.servicePort())));
      }
      return stored;
    }

    /** A frame of nobody's tells the workers what time it is. */
    private void letExpire() throws Exception {
      for (int frame = 0; frame < 50; frame++) {
        send(FrameBuilder.tcp(address("192.0.2.250"), 1, ours, 80).flags(Tcp.RST));
      }
    }

    /** When nothing comes any more, nothing is left. */
    void end() throws Exception {
      takeOver();
      nowNs += Duration.ofDays(1).toNanos();
      letExpire();
      bench
          .table()
          .frontends()
          .forEach(each -> assertTrue(!each.hasConnections(), () -> "open in the end: " + each));
    }

    /** The headers of what comes out, or null. */
    private Headers send(FrameBuilder frame) throws Exception {
      bench.source.give(frame.array(), nowNs);
      List<byte[]> out = bench.run();
      if (recoverer != null) {
        notice();
      }
      if (out.isEmpty()) {
        return null;
      }
      assertEquals(1, out.size());
      Headers headers = new Headers();
      assertEquals(Parse.FLOW, headers.parse(new UnsafeBuffer(out.getFirst())));
      return headers;
    }
  }
}
