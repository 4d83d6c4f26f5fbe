package io.headrace.proxying;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.counters.CountersView;
import io.headrace.monitor.Balancers;
import io.headrace.monitor.Moment;
import io.headrace.monitor.Screen;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process follows another, and nobody who connects notices. */
@Tag("network") // It starts processes, and so is not of the quick tests.
class UpgradeTest {
  private static final int CLIENTS = 4;
  private static final int UPGRADES = 3;
  private static final int LENGTH = 1_000_000;
  private static final int SESSIONS = 200;

  @TempDir private Path directory;
  private EchoServer server;
  private final List<ProxyProcess> processes = new ArrayList<>();

  @BeforeEach
  void startServer() throws IOException {
    server = new EchoServer();
  }

  @AfterEach
  void stopAll() throws IOException {
    processes.forEach(ProxyProcess::close);
    server.close();
  }

  private ProxyProcess started(ProxyProcess process) {
    processes.add(process);
    return process;
  }

  private static void assertEchoes(Socket socket) throws IOException {
    socket.getOutputStream().write("hello".getBytes());
    assertEquals("hello", new String(socket.getInputStream().readNBytes(5)));
  }

  /** Connects again and again, and takes down what goes wrong. */
  private static Thread client(
      ProxyProcess proxy, AtomicBoolean stop, AtomicLong served, Queue<String> failures) {
    return Thread.ofPlatform()
        .start(
            () -> {
              while (!stop.get()) {
                try (Socket socket = proxy.connect()) {
                  assertEchoes(socket);
                  served.incrementAndGet();
                } catch (IOException | AssertionError e) {
                  failures.add(e.toString());
                }
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void nobodyIsRefusedAndALongConnectionEndsWhole(String io) throws Exception {
    String more = "[proxy]\ndrain_timeout = '5m'\nio = '" + io + "'\n";
    ProxyProcess first = started(ProxyProcess.start(directory, "", more, server.port()));
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong served = new AtomicLong();
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    List<Thread> clients = new ArrayList<>();
    try (Socket socket = first.connect()) {
      assertEchoes(socket);
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(client(first, stop, served, failures));
      }
      ProxyProcess last = first;
      for (int i = 0; i < UPGRADES; i++) {
        last = started(last.upgrade()).ready();
        long before = served.get();
        LocalProgram.await("it serves", () -> served.get() > before + 100, last.program()::output);
        assertTrue(last.stats().contains("\"127.0.0.1:" + server.port() + "\" : true"));
      }
      assertEquals(0, processes.get(1).program().awaitEnd(), processes.get(1).program()::output);
      assertEquals(0, processes.get(2).program().awaitEnd(), processes.get(2).program()::output);
      assertTrue(first.program().isAlive());
      assertToldOf(first, last);
      Thread sender = Thread.ofPlatform().start(() -> send(socket));
      assertEquals(LENGTH, socket.getInputStream().readAllBytes().length);
      sender.join();
    } finally {
      stop.set(true);
      for (Thread each : clients) {
        each.join();
      }
    }
    assertEquals(0, first.program().awaitEnd());
    assertEquals("", String.join("\n", failures), () -> "of " + served);
  }

  /** The connection that is left is told of, whoever is asked, however. */
  private static void assertToldOf(ProxyProcess first, ProxyProcess last) throws IOException {
    long pid = first.program().pid();
    LocalProgram.await(
        "one connection is left",
        () -> statistics(last).contains("headrace_draining_open_connections 1"),
        () -> statistics(last));
    assertTrue(statistics(last).contains("headrace_draining_processes 1"));
    String json = last.stats();
    assertTrue(
        json.matches("(?s).*\"pid\" : %d,\\s+\"since\" : \"[^\"]+\",\\s+.*".formatted(pid)), json);
    CountersView view = Balancers.find(Optional.of(Long.toString(last.program().pid())));
    assertTrue(view.draining().isEmpty());
    assertEquals(
        1,
        Screen.lines(view, Moment.of(view), Optional.empty(), 80).stream()
            .filter(line -> line.text().matches("process %d has drained for .*: 1".formatted(pid)))
            .count());
  }

  private static String statistics(ProxyProcess process) {
    try {
      return process.ask("/metrics").body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void send(Socket socket) {
    try {
      socket.getOutputStream().write(new byte[LENGTH]);
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aFewOldProcessesRemainAtMost() throws Exception {
    String more = "[proxy]\ndrain_timeout = '1h'\n";
    ProxyProcess last = started(ProxyProcess.start(directory, "", more, server.port()));
    List<Socket> open = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Socket socket = last.connect();
      assertEchoes(socket);
      open.add(socket);
      last = started(last.upgrade()).ready();
    }
    assertEquals(0, processes.getFirst().program().awaitEnd());
    String log = processes.getFirst().program().output();
    assertTrue(log.contains("connections that are cut off: 1"), log);
    for (int i = 1; i < 4; i++) {
      assertEchoes(open.get(i));
    }
    assertAskedAndEnded(processes.get(1), open.get(1));
    assertEchoes(open.get(2));
    for (Socket each : open) {
      each.close();
    }
  }

  /** What drains can be asked what it still has, and told to end that, and so to end. */
  private static void assertAskedAndEnded(ProxyProcess old, Socket left) throws IOException {
    String pid = Long.toString(old.program().pid());
    try (LocalProgram list = old.command("conntrack", "list", "--process", pid);
        LocalProgram count = old.command("conntrack", "count", "--process", pid)) {
      assertEquals(0, list.awaitEnd(), list::output);
      String client = "127.0.0.1:" + left.getLocalPort();
      assertTrue(
          list.output().matches("PROTO .*\ntcp +established +" + client + " +web .*\n"),
          list::output);
      assertEquals(0, count.awaitEnd(), count::output);
      assertTrue(count.output().matches("(?s)flows +1\n.*established +1\n.*"), count::output);
    }
    try (LocalProgram close = old.command("conntrack", "close", "--all", "--process", pid)) {
      assertEquals(0, close.awaitEnd(), close::output);
      assertEquals("connections closed: 1\n", close.output());
    }
    assertThrows(SocketException.class, () -> left.getInputStream().read());
    assertEquals(0, old.program().awaitEnd());
    for (String question : List.of("list", "close")) {
      String[] words = {"conntrack", question, "--state", "established", "--process", pid};
      try (LocalProgram again = old.command(words)) {
        assertEquals(1, again.awaitEnd(), again::output);
        assertTrue(again.output().contains("process " + pid + ", if there is one"), again::output);
        assertEquals(1, again.output().lines().count(), again::output);
      }
    }
  }

  @Test
  void aProcessThatDoesNotComeUpLeavesTheOneBeforeAsItWas() throws Exception {
    ProxyProcess first = started(ProxyProcess.start(directory, "", "", server.port()));
    Path file = directory.resolve("config.toml");
    String toml = Files.readString(file);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Files.writeString(file, toml.replaceFirst("port = \\d+", "port = " + taken.getLocalPort()));
      ProxyProcess next = started(first.upgrade());
      assertEquals(1, next.program().awaitEnd());
      assertTrue(next.program().output().contains("cannot serve statistics"));
    }
    Files.writeString(file, toml);
    first.program().awaitOutput("did not come up: this one goes on");
    try (Socket socket = first.connect()) {
      assertEchoes(socket);
    }
    started(first.upgrade()).ready();
    assertEquals(0, first.program().awaitEnd());
  }

  @Test
  void whereThereIsNoneBeforeItIsTheFirst() throws Exception {
    int port = ProxyProcess.freePort();
    int stats = ProxyProcess.freePort();
    Files.writeString(
        directory.resolve("config.toml"), ProxyProcess.toml(port, stats, "", server.port()));
    ProxyProcess only = started(ProxyProcess.upgrade(directory, port, stats)).ready();
    assertTrue(only.program().output().contains("this one is the first"));
    try (Socket socket = only.connect()) {
      assertEchoes(socket);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void sessionsGoOnInTheNewProcessAndNeitherSideNotices(String io) throws Exception {
    Set<SocketAddress> seen = ConcurrentHashMap.newKeySet();
    try (DatagramSocket echo =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        DatagramSocket busy = new DatagramSocket()) {
      Thread.ofPlatform().daemon().start(() -> echo(echo, seen));
      String more =
          "[proxy]\nio = '%s'\ndrain_timeout = '1h'\naccess_log = 'access.log'\n".formatted(io);
      int port = ProxyProcess.freePort();
      int stats = ProxyProcess.freePort();
      // No server for UDP takes the connection of a check.
      String toml =
          ProxyProcess.toml(port, stats, "protocol = 'udp'", echo.getLocalPort())
              .replace("interval = \"200ms\"", "interval = 0");
      ProxyProcess last = started(ProxyProcess.launch(directory, port, stats, toml + more)).ready();
      List<DatagramSocket> clients = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        clients.add(new DatagramSocket());
        connect(clients.get(i), port);
        assertAnswered(clients.get(i));
      }
      connect(busy, port);
      Instant opened = Instant.now();
      AtomicBoolean stop = new AtomicBoolean();
      Queue<String> failures = new ConcurrentLinkedQueue<>();
      Thread asking = Thread.ofPlatform().start(() -> askOn(busy, stop, failures));
      try {
        for (int i = 0; i < 2; i++) {
          ProxyProcess before = last;
          last = started(before.upgrade()).ready();
          assertEquals(0, before.program().awaitEnd());
          for (DatagramSocket each : clients) {
            assertAnswered(each);
          }
        }
      } finally {
        stop.set(true);
        asking.join();
      }
      clients.forEach(DatagramSocket::close);
      assertEquals("", String.join("\n", failures));
      assertEquals(SESSIONS + 1, seen.size());
      assertTrue(last.stats().contains("\"current_connections\" : " + (SESSIONS + 1)));
      try (LocalProgram close = last.command("conntrack", "close", "--all")) {
        assertEquals(0, close.awaitEnd(), close::output);
      }
      assertLoggedAsOne(opened);
    }
  }

  /** A byte each way before, between and after the upgrades, in one session. */
  private void assertLoggedAsOne(Instant opened) {
    Path log = directory.resolve("access.log");
    LocalProgram.await(
        "all are in the log",
        () -> read(log).chars().filter(each -> each == '\n').count() > SESSIONS,
        () -> read(log));
    assertEquals(
        SESSIONS,
        read(log)
            .lines()
            .filter(line -> line.contains(" 3 3 "))
            .filter(line -> Instant.parse(line.split(" ")[0]).isBefore(opened))
            .count(),
        () -> read(log));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void connect(DatagramSocket client, int port) throws IOException {
    client.setSoTimeout(30_000);
    client.connect(new InetSocketAddress("127.0.0.1", port));
  }

  /** Has each datagram answered before the next. */
  private static void askOn(DatagramSocket client, AtomicBoolean stop, Queue<String> failures) {
    try {
      while (!stop.get()) {
        assertAnswered(client);
      }
    } catch (IOException | AssertionError e) {
      failures.add(e.toString());
    }
  }

  private static void assertAnswered(DatagramSocket client) throws IOException {
    client.send(new DatagramPacket(new byte[] {42}, 1));
    DatagramPacket answer = new DatagramPacket(new byte[2], 2);
    client.receive(answer);
    assertEquals(1, answer.getLength());
    assertEquals(42, answer.getData()[0]);
  }

  private static void echo(DatagramSocket socket, Set<SocketAddress> seen) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[64], 64);
        socket.receive(packet);
        seen.add(packet.getSocketAddress());
        socket.send(packet);
      }
    } catch (IOException e) {
      // It is closed.
    }
  }
}
