package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.ACK;
import static io.headrace.conntrack.Fixture.FIN;
import static io.headrace.conntrack.Fixture.NAT;
import static io.headrace.conntrack.Fixture.RST;
import static io.headrace.conntrack.Fixture.SERVER;
import static io.headrace.conntrack.Fixture.SYN;
import static io.headrace.conntrack.Fixture.TCP;
import static io.headrace.conntrack.Fixture.UDP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.RandomRuns;
import io.headrace.config.Timeouts;
import io.headrace.conntrack.FlowState.Phase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The flow table against a map and plain rules, short of room, through random runs of everything
 * that can happen to it: flows that begin, frames, time, expiry, restarts with other limits.
 */
class ConntrackModelTest {
  private static final int STEPS = 1500;
  private static final int FIRST_PORT = 6400;
  private static final int PORTS_PER_BUCKET = 3;
  private static final long TICK_NS = 1L << 28;
  private static final NatPorts PORTS =
      Fixture.ports(FIRST_PORT, FIRST_PORT + FlowHash.BUCKETS * PORTS_PER_BUCKET - 1);
  private static final int[] FLAGS = {SYN, ACK, ACK, ACK, SYN | ACK, FIN | ACK, RST, RST | ACK, 0};

  @TempDir private Path directory;

  private record Client(int protocol, int address, int port) {}

  private record Pool(int protocol, int server, int natAddress, int bucket) {}

  /** What is known of a flow; it changes. */
  private static final class Flow {
    Pool pool;
    int natPort;
    FlowState state;
    long deadlineNs;
    long touched;
    boolean stored;

    /** It is one of before a restart, and in the file alone. */
    boolean waits;

    boolean clientSpoke;
    boolean serverSpoke;

    Phase phase() {
      return state.phase();
    }
  }

  @Test
  void theTableAgreesWithAMapThroughWhateverHappens() {
    RandomRuns.play(
        random -> {
          Path path = directory.resolve("flows");
          try (Run run = new Run(random, path)) {
            for (int step = 0; step < STEPS; step++) {
              run.step();
            }
          }
          Files.delete(path);
        });
  }

  private static final class Run implements AutoCloseable {
    private final Random random;
    private final Path path;
    private final Map<Client, Flow> flows = new HashMap<>();

    /** Those in the file that may not go on, as this server is gone; some have left it, perhaps. */
    private final Map<Client, Flow> orphans = new HashMap<>();

    private int removed;
    private FlowFile file;
    private Fixture fixture;
    private Limits limits;
    private long clock;

    Run(Random random, Path path) {
      this.random = random;
      this.path = path;
      open(Duration.ofDays(20_000).toNanos());
    }

    private void open(long nowNs) {
      int capacity = 20 + random.nextInt(100);
      limits = new Limits(capacity, 1 + random.nextInt(capacity), 0);
      file = FlowFile.open(path, 200, new FlowHash(random.nextLong(), random.nextLong()));
      fixture = new Fixture(limits, PORTS, file);
      fixture.nowNs = nowNs;
    }

    @Override
    public void close() {
      fixture.close();
      file.close();
    }

    void step() {
      int what = random.nextInt(1000);
      if (what < 300) {
        begin(anyClient());
      } else if (what < 400) {
        begin(anyClient());
        establish();
      } else if (what < 450) {
        talk(anyClient());
      } else if (what < 900) {
        frame(anyClient());
      } else if (what < 925) {
        fixture.table.recover(1 + random.nextInt(4), fixture.nowNs);
        notice();
      } else if (what < 997) {
        fixture.nowNs +=
            random.nextLong(Duration.ofSeconds(random.nextInt(10) == 0 ? 200 : 4).toNanos());
        expire();
      } else {
        restart();
      }
      check();
    }

    private Client anyClient() {
      return new Client(
          random.nextInt(4) == 0 ? UDP : TCP, 0x0a000000 + random.nextInt(24), random.nextInt(4));
    }

    private void begin(Client client) {
      int server = SERVER + random.nextInt(2);
      int[] natAddresses = random.nextInt(3) == 0 ? new int[] {NAT, NAT + 1} : new int[] {NAT};
      Flow former = flows.remove(client);
      orphans.remove(client);
      Map<Client, Flow> before = new HashMap<>(flows);
      int keptBefore = keptForOrphans();
      int flow =
          fixture.create(client.protocol(), client.address(), client.port(), server, natAddresses);
      notice();
      int bucket = bucket(client);
      List<Pool> pools =
          Stream.of(NAT, NAT + 1)
              .filter(each -> each == NAT || natAddresses.length == 2)
              .map(each -> new Pool(client.protocol(), server, each, bucket))
              .toList();
      List<Client> gone = gone(client);
      Map<Client, Flow> left = new HashMap<>(before);
      for (Client each : gone) {
        assertMaySpare(left.remove(each), left.values());
        flows.remove(each);
      }
      if (flow == Conntrack.NO_PORT) {
        assertEquals(List.of(), gone);
        for (Pool pool : pools) {
          assertEquals(PORTS_PER_BUCKET, open(pool), "ports of open flows");
        }
      } else if (flow == Conntrack.TABLE_FULL) {
        assertTrue(flows.size() + keptBefore >= limits.capacity(), "there was room");
        assertTrue(flows.values().stream().allMatch(each -> each.phase() == Phase.OPEN));
      } else {
        boolean anyShort =
            before.size() + keptBefore >= limits.capacity()
                || count(before, Phase.OPENING) >= limits.halfOpen()
                || pools.stream().allMatch(pool -> isShort(pool, before));
        assertTrue(gone.isEmpty() || anyShort, "nothing was short, and still these went: " + gone);
        assertTrue(gone.size() <= 2, "too many went: " + gone);
        Flow added = new Flow();
        added.pool = new Pool(client.protocol(), server, fixture.table.natAddress(flow), bucket);
        added.natPort = fixture.table.natPort(flow);
        added.state = client.protocol() == TCP ? FlowState.SYN_SENT : FlowState.UDP_UNREPLIED;
        touch(added);
        assertTrue(pools.contains(added.pool), "an address that was offered");
        if (former != null && pools.contains(former.pool)) {
          assertEquals(former.pool, added.pool);
          assertEquals(former.natPort, added.natPort, "the port that the client had");
        }
        flows.put(client, added);
      }
    }

    private static long count(Map<Client, Flow> flows, Phase phase) {
      return flows.values().stream().filter(each -> each.phase() == phase).count();
    }

    private boolean isShort(Pool pool, Map<Client, Flow> flows) {
      List<Flow> members = flows.values().stream().filter(each -> each.pool.equals(pool)).toList();
      long opening = members.stream().filter(each -> each.phase() == Phase.OPENING).count();
      return members.size() == PORTS_PER_BUCKET
          || opening >= (PORTS_PER_BUCKET + 1) / 2
          || opening >= limits.halfOpen() - count(flows, Phase.OPENING);
    }

    private long open(Pool pool) {
      return flows.values().stream()
          .filter(each -> each.pool.equals(pool) && each.phase() == Phase.OPEN)
          .count();
    }

    /** Only what is not open may go, and of its pool the one longest silent goes first. */
    private static void assertMaySpare(Flow gone, Collection<Flow> left) {
      assertNotEquals(Phase.OPEN, gone.phase(), "an open flow made room");
      assertTrue(
          left.stream()
              .filter(each -> each.pool.equals(gone.pool) && each.phase() == gone.phase())
              .allMatch(each -> each.touched > gone.touched),
          "not the oldest made room");
    }

    private List<Client> gone(Client but) {
      Set<Client> there = there();
      return flows.keySet().stream()
          .filter(each -> !there.contains(each) && !each.equals(but) && !flows.get(each).waits)
          .sorted(Comparator.comparingLong(each -> flows.get(each).touched))
          .toList();
    }

    private Set<Client> there() {
      Set<Client> there = new HashSet<>();
      fixture.table.forEach(flow -> there.add(client(flow)));
      return there;
    }

    /** Flows of before the restart have been taken over: they count as just seen. */
    private void notice() {
      Set<Client> there = there();
      flows.forEach(
          (client, flow) -> {
            if (flow.waits && there.contains(client)) {
              flow.waits = false;
              touch(flow);
            }
          });
    }

    private int waiting() {
      return (int) flows.values().stream().filter(each -> each.waits).count();
    }

    /** The table cannot know that these will not go on. */
    private int keptForOrphans() {
      return fixture.table.waiting() - waiting();
    }

    private Client client(int flow) {
      Conntrack table = fixture.table;
      return new Client(table.protocol(flow), table.clientAddress(flow), table.clientPort(flow));
    }

    private int bucket(Client client) {
      return file.hash().bucket(client.protocol(), client.address(), client.port());
    }

    private void establish() {
      List<Client> all = new ArrayList<>(flows.keySet());
      if (!all.isEmpty()) {
        Client client = all.get(random.nextInt(all.size()));
        frame(client, false, SYN | ACK);
        frame(client, true, ACK);
      }
    }

    /** Both ends speak, though one may have reset the connection. */
    private void talk(Client client) {
      for (int i = 0; i < 4; i++) {
        frame(client, random.nextBoolean(), ACK);
      }
    }

    private void frame(Client client) {
      frame(client, random.nextBoolean(), FLAGS[random.nextInt(FLAGS.length)]);
    }

    private void frame(Client client, boolean fromClient, int flags) {
      Flow known = flows.get(client);
      boolean live = known != null && known.deadlineNs > fixture.nowNs;
      boolean replyComesFirst = live && random.nextBoolean();
      int replied = replyComesFirst ? findReply(client, known) : Conntrack.NONE;
      int flow = fixture.find(client.protocol(), client.address(), client.port());
      assertEquals(live, flow != Conntrack.NONE);
      if (!live) {
        return;
      }
      notice();
      assertEquals(flow, replyComesFirst ? replied : findReply(client, known));
      fixture.table.track(flow, fromClient, flags, fixture.nowNs);
      known.state = next(known, fromClient, flags);
      touch(known);
      known.stored =
          known.phase() == Phase.OPEN
              || known.state == FlowState.SYN_RECEIVED
              || known.stored && known.phase() != Phase.CLOSING;
    }

    private int findReply(Client client, Flow known) {
      FlowTuple reply =
          fixture.tuple.ipv4(
              client.protocol(), known.pool.server(), 8080, known.pool.natAddress(), known.natPort);
      return fixture.table.findReply(fixture.table.hash(reply), reply, fixture.nowNs);
    }

    private static FlowState next(Flow flow, boolean fromClient, int flags) {
      if (flow.pool.protocol() == UDP) {
        return fromClient ? flow.state : FlowState.UDP_REPLIED;
      }
      if (flow.state != FlowState.RESET) {
        flow.clientSpoke = false;
        flow.serverSpoke = false;
        return TcpState.next(flow.state, fromClient, flags);
      }
      boolean alive = (flags & ACK) != 0 && (flags & (RST | SYN)) == 0;
      flow.clientSpoke = alive && (fromClient || flow.clientSpoke);
      flow.serverSpoke = alive && (!fromClient || flow.serverSpoke);
      return flow.clientSpoke && flow.serverSpoke
          ? TcpState.next(FlowState.ESTABLISHED, fromClient, flags)
          : FlowState.RESET;
    }

    private void touch(Flow flow) {
      flow.touched = clock++;
      flow.deadlineNs = fixture.nowNs + timeout(flow.state).toNanos();
    }

    private static Duration timeout(FlowState state) {
      Timeouts timeouts = Timeouts.DEFAULT;
      return switch (state) {
        case SYN_SENT -> timeouts.synSent();
        case SYN_RECEIVED -> timeouts.synReceived();
        case ESTABLISHED -> timeouts.established();
        case FIN_CLIENT -> timeouts.finClient();
        case FIN_SERVER -> timeouts.finServer();
        case TIME_WAIT -> timeouts.timeWait();
        case RESET -> timeouts.reset();
        case UDP_UNREPLIED -> timeouts.udpUnreplied();
        case UDP_REPLIED -> timeouts.udpReplied();
      };
    }

    private void expire() {
      for (int call = 0; call < 5; call++) {
        fixture.expireAll();
      }
      for (Client each : gone(null)) {
        assertTrue(flows.remove(each).deadlineNs <= fixture.nowNs, "ended before its time");
      }
      assertTrue(
          flows.values().stream().allMatch(each -> each.deadlineNs > fixture.nowNs - 2 * TICK_NS),
          "not ended when its time was over");
    }

    /**
     * Another process, with other limits, on a clock of its own; one server is gone. What has not
     * been taken over since the last restart is no worse off.
     */
    private void restart() {
      Set<Client> stored = stored();
      close();
      orphans.keySet().retainAll(stored);
      flows.values().removeIf(each -> !each.stored);
      flows.putAll(orphans);
      assertEquals(stored, flows.keySet());
      removed = SERVER + random.nextInt(4);
      open(random.nextLong(Duration.ofDays(10_000).toNanos()));
      fixture.table.recoverFrom(
          file.waiting(1).getFirst(),
          (flow, nowNs) ->
              flow.server().ipv4() == removed ? Conntrack.NONE : fixture.restore(flow, nowNs));
      assertEquals(stored.size(), fixture.table.waiting());
      orphans.clear();
      flows.forEach(
          (client, flow) -> {
            if (flow.pool.server() == removed) {
              orphans.put(client, flow);
            }
            flow.state =
                flow.pool.protocol() == TCP ? FlowState.ESTABLISHED : FlowState.UDP_REPLIED;
            flow.waits = true;
            flow.deadlineNs = Long.MAX_VALUE;
          });
      flows.keySet().removeAll(orphans.keySet());
      if (stored.size() > limits.capacity()) {
        fixture.recoverAll();
        assertEquals(Math.min(flows.size(), limits.capacity()), fixture.restored);
        notice();
        flows.values().removeIf(each -> each.waits);
      }
    }

    private Set<Client> stored() {
      Set<Client> stored = new HashSet<>();
      file.ipv4()
          .forEach(
              (key, _) ->
                  stored.add(
                      new Client(key.protocol(), (int) key.addresses(), key.ports() & 0xffff)));
      return stored;
    }

    private void check() {
      Conntrack table = fixture.table;
      assertEquals(flows.size() - waiting(), table.size());
      assertTrue(flows.size() <= limits.capacity());
      assertTrue(count(flows, Phase.OPENING) <= limits.halfOpen(), "half-open flows");
      assertEquals(
          flows.size() - waiting() - count(flows, Phase.CLOSING),
          fixture.connections,
          "connections counted");
      assertEquals(table.size(), fixture.counters.current());
      Set<Object> ports = new HashSet<>();
      table.forEach(
          flow -> {
            Flow known = flows.get(client(flow));
            assertTrue(known != null && !known.waits, "a flow that nobody knows of");
            assertEquals(known.state, table.state(flow));
            assertEquals(known.deadlineNs, table.deadlineNs(flow));
            assertEquals(known.natPort, table.natPort(flow));
            assertEquals(known.pool.natAddress(), table.natAddress(flow));
            assertEquals(known.pool.bucket(), NatPorts.bucketOf(known.natPort));
            assertTrue(PORTS.has(known.natPort));
            assertTrue(ports.add(List.of(known.pool, known.natPort)), "a port twice");
          });
    }
  }
}
