package io.headrace.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.headrace.config.Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
    try (HealthChecker _ = HealthChecker.start(registry)) {
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
      try (HealthChecker _ = HealthChecker.start(registry)) {
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
      try (HealthChecker _ = HealthChecker.start(registry)) {
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
      try (HealthChecker _ = HealthChecker.start(registry)) {
        old.setSoTimeout((int) DEADLINE.toMillis());
        old.accept().close();
        registry.apply(Configs.of(QUICK, "new " + Address.format(added) + " 1"));
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
      try (HealthChecker _ = HealthChecker.start(registry)) {
        listener.accept().close();
        registry.apply(Configs.of(QUICK, "s0 " + Address.format(address(listener)) + " 1"));
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
      try (HealthChecker _ = HealthChecker.start(registry)) {
        assertFalse(accepts(listener));
      }
    }
  }

  @Test
  void nothingIsCheckedAfterClose() throws Exception {
    try (ServerSocket listener = listen(0)) {
      listener.setSoTimeout((int) DEADLINE.toMillis());
      Registry registry = registry(QUICK, address(listener));
      HealthChecker checker = HealthChecker.start(registry);
      listener.accept().close();
      checker.close();
      drain(listener);
      registry.apply(registry.config());
      listener.setSoTimeout(400);
      assertFalse(accepts(listener));
    }
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
    return new Registry(Configs.of(checks, lines));
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
