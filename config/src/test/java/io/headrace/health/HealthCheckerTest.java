package io.headrace.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.registry.AdminState;
import io.headrace.registry.Registry;
import io.headrace.registry.Snapshot;
import io.headrace.registry.State;
import io.headrace.registry.Status;
import io.headrace.schedule.LiveFlows;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class HealthCheckerTest {
  private static final String QUICK =
      "{ interval = '100ms', timeout = '100ms', rise = 2, fall = 2 }";
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final Logger logger = (Logger) LoggerFactory.getLogger(HealthChecker.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listenToTheLog() {
    log.list = new CopyOnWriteArrayList<>();
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void leaveTheLog() {
    logger.detachAppender(log);
  }

  @Test
  void aListenerThatGoesAwayAndReturnsIsDownAndUpAgainWithOneLineEach() throws Exception {
    ServerSocket listener = listen(0);
    InetSocketAddress address = address(listener);
    Registry registry = registry(QUICK, address);
    try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
      listener.close();
      await(() -> !isUp(registry, 0));
      listener = listen(address.getPort());
      await(() -> isUp(registry, 0));
      await(() -> lines().size() == 2);
    } finally {
      listener.close();
    }
    String server = "server pool/s0 (" + Address.format(address) + ")";
    assertEquals(
        List.of(
            server + " is down: connection refused; backend pool has no server left",
            server + " is up"),
        lines());
  }

  @Test
  void aServerThatDoesNotAnswerIsDownAndTheReasonIsTold() throws Exception {
    try (Blackhole blackhole = new Blackhole();
        ServerSocket listener = listen(0)) {
      Registry registry = registry(QUICK, blackhole.address(), address(listener));
      try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
        await(() -> !isUp(registry, 0));
        await(() -> !lines().isEmpty());
        assertTrue(isUp(registry, 1));
        String line = lines().getFirst();
        assertTrue(line.endsWith("is down: no answer within 100 ms"), line);
      }
    }
  }

  @Test
  void aSlowServerDelaysNoOther() throws Exception {
    String patient = "{ interval = '1h', timeout = '1h', rise = 1, fall = 1 }";
    try (Blackhole blackhole = new Blackhole()) {
      ServerSocket listener = listen(0);
      InetSocketAddress closed = address(listener);
      listener.close();
      Registry registry = registry(patient, blackhole.address(), closed);
      try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
        await(() -> !isUp(registry, 1));
        assertTrue(isUp(registry, 0), "its check is still waiting");
      }
    }
  }

  @Test
  void aServerThatIsAddedIsCheckedAndOneThatIsRemovedIsNot() throws Exception {
    try (ServerSocket old = listen(0)) {
      ServerSocket closing = listen(0);
      InetSocketAddress added = address(closing);
      closing.close();
      Registry registry = registry(QUICK, address(old));
      try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
        old.setSoTimeout((int) DEADLINE.toMillis());
        old.accept().close();
        registry.apply(config(QUICK, "new " + Address.format(added) + " 1"));
        await(() -> !isUp(registry, 0));
        drain(old);
        old.setSoTimeout(500);
        assertFalse(accepts(old), "a removed server is still checked");
      }
    }
  }

  @Test
  void aChangedIntervalTakesEffectAtOnce() throws Exception {
    String lazy = "{ interval = '1h', rise = 1, fall = 1 }";
    try (ServerSocket listener = listen(0)) {
      listener.setSoTimeout((int) DEADLINE.toMillis());
      Registry registry = registry(lazy, address(listener));
      try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
        listener.accept().close();
        registry.apply(config(QUICK, "s0 " + Address.format(address(listener)) + " 1"));
        for (int i = 0; i < 3; i++) {
          listener.accept().close();
        }
      }
    }
  }

  @Test
  void aPoolWhoseIntervalIsZeroIsNotChecked() throws Exception {
    try (ServerSocket listener = listen(0)) {
      listener.setSoTimeout(300);
      Registry registry = registry("{ interval = 0 }", address(listener));
      try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
        assertFalse(accepts(listener));
      }
    }
  }

  @Test
  void nothingIsCheckedAfterClose() throws Exception {
    try (ServerSocket listener = listen(0)) {
      listener.setSoTimeout((int) DEADLINE.toMillis());
      Registry registry = registry(QUICK, address(listener));
      HealthChecker checker = HealthChecker.start(registry, Detour.NONE);
      listener.accept().close();
      checker.close();
      drain(listener);
      registry.apply(registry.config());
      listener.setSoTimeout(400);
      assertFalse(accepts(listener));
    }
  }

  @Test
  void aServerIsCheckedWhereItsOwnAddressSaysAndNotInMaintenance() throws Exception {
    try (ServerSocket listener = listen(0)) {
      listener.setSoTimeout((int) DEADLINE.toMillis());
      Registry registry =
          new Registry(
              read(
                  "frontends.web = { listen_addr = '192.0.2.10:80', backend = 'pool' }\n"
                      + "backends.pool.health_check = "
                      + QUICK
                      + "\nbackends.pool.servers.a = { addr = '127.0.0.1:1', check_addr = '"
                      + Address.format(address(listener))
                      + "' }\n"));
      try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
        listener.accept().close();
        assertTrue(isUp(registry, 0));
        registry.admin("pool", "a", AdminState.MAINTENANCE, "as the test wants");
        drain(listener);
        listener.setSoTimeout(400);
        assertFalse(accepts(listener), "it is checked in maintenance");
        registry.admin("pool", "a", AdminState.READY, "as the test wants");
        listener.setSoTimeout((int) DEADLINE.toMillis());
        assertTrue(accepts(listener));
      }
    }
  }

  @Test
  void whileStatesChangeChecksComeFaster() throws Exception {
    String slow = "{ interval = '2s', fast_interval = '100ms', timeout = '100ms', fall = 20 }";
    ServerSocket listener = listen(0);
    Registry registry = registry(slow, address(listener));
    try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
      listener.setSoTimeout((int) DEADLINE.toMillis());
      listener.accept().close();
      listener.close();
      // Twenty failures at the usual interval take twice as long as is waited for.
      await(() -> !isUp(registry, 0));
    }
  }

  @Test
  void aServerThatFailsItsClientsIsTakenDownAndBroughtUpByItsChecks() throws Exception {
    try (ServerSocket listener = listen(0)) {
      Registry registry = registry("{ interval = '1s', rise = 2, passive = 3 }", address(listener));
      try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
        LiveFlows flows = registry.snapshot().pools().getFirst().servers().getFirst().flows();
        flows.failed();
        flows.failed();
        flows.succeeded();
        flows.failed();
        flows.failed();
        Thread.sleep(500);
        assertTrue(isUp(registry, 0), "three in a row are asked for");
        flows.failed();
        await(() -> !isUp(registry, 0));
        await(() -> !lines().isEmpty());
        assertTrue(
            lines().getFirst().contains("refused or reset 3 connections"), lines()::toString);
        await(() -> isUp(registry, 0));
      }
    }
  }

  @Test
  void theAgentOfAServerIsHeard() throws Exception {
    AtomicReference<String> word = new AtomicReference<>("50%");
    try (ServerSocket listener = listen(0);
        ServerSocket agent = listen(0)) {
      Thread.ofVirtual()
          .start(
              () -> {
                while (!agent.isClosed()) {
                  try (Socket socket = agent.accept()) {
                    socket.getOutputStream().write((word.get() + "\r\n").getBytes());
                  } catch (IOException e) {
                    return;
                  }
                }
              });
      Registry registry =
          new Registry(
              read(
                  "frontends.web = { listen_addr = '192.0.2.10:80', backend = 'pool' }\n"
                      + "backends.pool.agent_check = { interval = '100ms', port = "
                      + agent.getLocalPort()
                      + " }\nbackends.pool.servers.a = { addr = '"
                      + Address.format(address(listener))
                      + "' }\n"));
      try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
        await(() -> share(registry) == 50);
        word.set("down #too hot");
        await(() -> state(registry) == State.DOWN);
        assertEquals("its agent says: down #too hot", status(registry).reason());
        word.set("up 100%");
        await(() -> state(registry) == State.UP && share(registry) == 100);
        word.set("drain");
        await(() -> state(registry) == State.DRAINING);
        word.set("maint");
        await(() -> state(registry) == State.MAINTENANCE);
        word.set("ready");
        await(() -> state(registry) == State.UP);
      }
    }
  }

  @Test
  void aDeadServerAmongAThousandDelaysNoOther() throws Exception {
    int interval = 1;
    int fall = 2;
    StringBuilder toml = new StringBuilder();
    toml.append("frontends.web = { listen_addr = '192.0.2.10:80', backend = 'pool' }\n");
    toml.append("backends.pool.health_check = { interval = 1, timeout = '1s', fall = 2 }\n");
    try (Blackhole dead = new Blackhole();
        ServerSocket alive = new ServerSocket(0, 1000)) {
      ServerSocket victim = listen(0);
      Thread.ofPlatform().daemon().start(() -> acceptAll(alive));
      Thread.ofPlatform().daemon().start(() -> acceptAll(victim));
      // All of 127.0.0.0/8 is this machine.
      for (int i = 0; i < 999; i++) {
        int port = i < 500 ? dead.address().getPort() : alive.getLocalPort();
        toml.append(
            "backends.pool.servers.s%d = { addr = '127.1.%d.%d:%d' }%n"
                .formatted(i, i / 250, 1 + i % 250, port));
      }
      toml.append(
          "backends.pool.servers.victim = { addr = '%s' }%n"
              .formatted(Address.format(address(victim))));
      Registry registry = new Registry(read(toml.toString()));
      try (HealthChecker _ = HealthChecker.start(registry, Detour.NONE)) {
        await(() -> registry.snapshot().up().cardinality() == 500);
        victim.close();
        long start = System.nanoTime();
        await(() -> !isUp(registry, 999));
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("detected after %.1f s%n", seconds);
        // With slack for a busy machine; one after the other, 500 time-outs are minutes.
        assertTrue(seconds < interval * fall + 1 + 10, () -> seconds + " s");
        assertEquals(499, registry.snapshot().up().cardinality());
      }
    }
  }

  private static void acceptAll(ServerSocket listener) {
    try {
      while (true) {
        listener.accept().close();
      }
    } catch (IOException e) {
      // It is closed.
    }
  }

  private static Status status(Registry registry) {
    return registry
        .status(registry.snapshot().pools().getFirst().servers().getFirst())
        .orElseThrow();
  }

  private static State state(Registry registry) {
    return status(registry).state();
  }

  private static int share(Registry registry) {
    return registry.snapshot().pools().getFirst().servers().getFirst().share();
  }

  private List<String> lines() {
    return log.list.stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private static Registry registry(String checks, InetSocketAddress... servers) {
    String[] lines = new String[servers.length];
    for (int i = 0; i < servers.length; i++) {
      lines[i] = "s" + i + " " + Address.format(servers[i]) + " 1";
    }
    return new Registry(config(checks, lines));
  }

  /**
   * @param checks the pool's {@code health_check} table
   * @param servers as {@code "name address weight"}
   */
  private static Config config(String checks, String... servers) {
    StringBuilder toml = new StringBuilder();
    toml.append("frontends.web = { listen_addr = '192.0.2.10:80', backend = 'pool' }\n");
    toml.append("backends.pool.health_check = ").append(checks).append('\n');
    for (String server : servers) {
      String[] parts = server.split(" ");
      toml.append(
          String.format("backends.pool.servers.%s = { addr = '%s' }%n", parts[0], parts[1]));
    }
    return read(toml.toString());
  }

  private static Config read(String toml) {
    try {
      return ConfigReader.read(toml, Path.of("test.toml"), Mode.PROXY);
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static boolean isUp(Registry registry, int index) {
    Snapshot now = registry.snapshot();
    return now.isUp(now.pools().getFirst().servers().get(index));
  }

  private static void drain(ServerSocket listener) throws IOException {
    listener.setSoTimeout(50);
    while (accepts(listener)) {}
  }

  private static boolean accepts(ServerSocket listener) throws IOException {
    try {
      listener.accept().close();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "waited in vain");
      Thread.sleep(10);
    }
  }

  private static ServerSocket listen(int port) throws IOException {
    return new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
  }

  private static InetSocketAddress address(ServerSocket listener) {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }
}
