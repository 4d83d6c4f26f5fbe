package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowHash;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Parse;
import io.headrace.packet.Tcp;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A start that forwards while the connections of an earlier process wait in the file. */
class RecoveryTest {
  private static final int CONNECTIONS = 500;
  private static final int FIRST_PORT = 20_000;
  private static final int CAPACITY = 10_000;

  @TempDir private Path directory;
  private FlowFile file;
  private Bench bench;
  private long now = 1_000_000_000L;

  /** What each client's first frame looked like to its server. */
  private final List<Headers> toServers = new ArrayList<>();

  @BeforeEach
  void establish() throws Exception {
    start(1);
    for (int i = 0; i < CONNECTIONS; i++) {
      Headers syn = send(client(i).flags(Tcp.SYN));
      toServers.add(syn);
      send(server(i).flags(Tcp.SYN | Tcp.ACK));
      send(client(i).flags(Tcp.ACK));
    }
  }

  @AfterEach
  void stop() {
    bench.close();
    file.close();
  }

  private void start(int workers) throws Exception {
    file = FlowFile.open(directory.resolve("flows"), CAPACITY, FlowHash.fixed());
    bench = new Bench(Bench.config("workers = %d\n".formatted(workers)), file.hash(), file::store);
  }

  private FlowRecoverer restart(int workers) throws Exception {
    stop();
    start(workers);
    return bench.passthrough.recover(file.waiting(workers), bench.registry.snapshot());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void framesOfConnectionsThatWaitPassAtOnceBothWays(int workers) throws Exception {
    restart(workers);
    assertEquals(CONNECTIONS, sum(ConntrackCounters::waiting));
    for (int i = 0; i < CONNECTIONS; i += 10) {
      assertReachesItsServer(i);
      assertReachesItsClient(i + 5);
    }
    assertEquals(CONNECTIONS - 100, sum(ConntrackCounters::waiting));
    assertEquals(100, sum(ConntrackCounters::fileHits));
    assertEquals(0, sum(ConntrackCounters::misses));
  }

  @Test
  void theOthersFollowBetweenTheFramesOfNewConnections() throws Exception {
    FlowRecoverer recoverer = restart(2);
    List<FlowRecoverer.Result> results = new ArrayList<>();
    recoverer.start(() -> now).thenAccept(results::add);
    int begun = 0;
    while (!recoverer.isDone()) {
      send(FrameBuilder.tcp("192.0.2.9", 1 + begun++, "10.0.0.2", 80).flags(Tcp.SYN));
    }
    assertTrue(begun > 2, "all at once");
    assertEquals(List.of(new FlowRecoverer.Result(CONNECTIONS, 0)), results);
    assertEquals(CONNECTIONS + begun, openConnections());
    for (int i = 0; i < CONNECTIONS; i++) {
      assertReachesItsServer(i);
      assertReachesItsClient(i);
    }
    assertEquals(0, sum(ConntrackCounters::fileHits));
  }

  @Test
  void whoLooksAtConnectionsWaitsForThem() throws Exception {
    FlowRecoverer recoverer = restart(1);
    recoverer.start(() -> now);
    Thread looking =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    bench.passthrough.awaitRecovery();
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
    assertFalse(looking.join(Duration.ofMillis(20)), "it has not waited");
    while (looking.isAlive()) {
      bench.passthrough.pipeline().runOnce();
    }
    assertEquals(CONNECTIONS, openConnections());
  }

  @Test
  void aStopLeavesWhatWaitsInTheFile() throws Exception {
    FlowRecoverer recoverer = restart(1);
    recoverer.start(() -> now);
    bench.passthrough.pipeline().runOnce();
    assertReachesItsServer(CONNECTIONS - 1);
    assertTrue(sum(ConntrackCounters::waiting) > 0);
    Passthrough stopped = bench.passthrough;
    FlowRecoverer next = restart(4);
    assertThrows(IOException.class, stopped::awaitRecovery);
    assertFalse(recoverer.isDone());
    assertEquals(new FlowRecoverer.Result(CONNECTIONS, 0), next.finish(now));
  }

  @Test
  void aConnectionWhoseNatPortIsNoneAnyMoreIsDropped() throws Exception {
    int firstNatPort = 15_000;
    stop();
    file = FlowFile.open(directory.resolve("flows"), CAPACITY, FlowHash.fixed());
    bench = new Bench(Bench.config(""), file.hash(), file::store, firstNatPort);
    FlowRecoverer recoverer = bench.passthrough.recover(file.waiting(1), bench.registry.snapshot());
    int kept = (int) toServers.stream().filter(syn -> syn.sourcePort() >= firstNatPort).count();
    assertTrue(kept > 0 && kept < CONNECTIONS);
    assertEquals(new FlowRecoverer.Result(kept, CONNECTIONS - kept), recoverer.finish(now));
    assertEquals(new FlowRecoverer.Result(kept, 0), restart(1).finish(now));
  }

  @Test
  void connectionsWhoseNatAddressIsNoneAnyMoreAreDropped() throws Exception {
    stop();
    start(1);
    bench.resolve(IpAddress.parse("10.0.0.3"));
    FlowRecoverer recoverer = bench.passthrough.recover(file.waiting(1), bench.registry.snapshot());
    assertEquals(new FlowRecoverer.Result(0, CONNECTIONS), recoverer.finish(now));
  }

  private void assertReachesItsServer(int i) throws Exception {
    Headers sent = send(client(i).flags(Tcp.ACK));
    Headers first = toServers.get(i);
    assertEquals(first.destinationAddress(), sent.destinationAddress());
    assertEquals(first.sourceAddress(), sent.sourceAddress());
    assertEquals(first.sourcePort(), sent.sourcePort());
  }

  private void assertReachesItsClient(int i) throws Exception {
    Headers sent = send(server(i).flags(Tcp.ACK));
    assertEquals(FrameBuilder.address("192.0.2.1"), sent.destinationAddress());
    assertEquals(FIRST_PORT + i, sent.destinationPort());
    assertEquals(FrameBuilder.address("10.0.0.2"), sent.sourceAddress());
    assertEquals(80, sent.sourcePort());
    assertEquals(
        FrameBuilder.SOURCE_MAC,
        Ethernet.getMac(new UnsafeBuffer(bench.sink.frames().getFirst()), Ethernet.DESTINATION));
  }

  private static FrameBuilder client(int i) {
    return FrameBuilder.tcp("192.0.2.1", FIRST_PORT + i, "10.0.0.2", 80);
  }

  private FrameBuilder server(int i) {
    Headers syn = toServers.get(i);
    String server = "10.0.0." + (syn.destinationAddress() & 0xff);
    return FrameBuilder.tcp(server, 8080, "10.0.0.2", syn.sourcePort());
  }

  private long openConnections() {
    return bench.table().frontends().stream()
        .flatMap(frontend -> frontend.traffic().stream())
        .mapToLong(traffic -> traffic.currentConnections())
        .sum();
  }

  private long sum(Function<ConntrackCounters, AtomicCounter> counter) {
    ToLongFunction<ConntrackCounters> value = each -> counter.apply(each).get();
    return bench.passthrough.flowCounters().stream().mapToLong(value).sum();
  }

  /** The one frame that comes out. */
  private Headers send(FrameBuilder frame) throws Exception {
    bench.source.give(frame.array(), now++);
    List<byte[]> out = bench.run();
    assertEquals(1, out.size());
    Headers headers = new Headers();
    assertEquals(Parse.FLOW, headers.parse(new UnsafeBuffer(out.getFirst())));
    return headers;
  }
}
