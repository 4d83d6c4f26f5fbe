package io.headrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.balancer.Balancer;
import io.headrace.config.Mode;
import io.headrace.log.Log;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running balancer of mode proxy is steered by the commands that an operator has. */
@Timeout(60)
class ControlTest {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  private final PrintStream standardOutput = System.out;
  private final PrintStream standardError = System.err;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final List<NamedServer> servers = new ArrayList<>();

  @TempDir private Path directory;
  private Path file;
  private int port;
  private int statsPort;
  private Balancer balancer;

  /** Says its name to whoever connects, and keeps the connection until that ends it. */
  private static final class NamedServer implements AutoCloseable {
    private final ServerSocket listening =
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

    NamedServer(String name) throws IOException {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  while (true) {
                    Socket socket = listening.accept();
                    Thread.ofVirtual().start(() -> serve(socket, name));
                  }
                } catch (IOException e) {
                  // It is closed.
                }
              });
    }

    private static void serve(Socket socket, String name) {
      try (socket) {
        socket.getOutputStream().write(name.getBytes(StandardCharsets.UTF_8));
        socket.getInputStream().read();
      } catch (IOException e) {
        // The client is gone.
      }
    }

    String address() {
      return "127.0.0.1:" + listening.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }

  @BeforeEach
  void start() throws Exception {
    for (String name : List.of("a", "b", "c")) {
      servers.add(new NamedServer(name));
    }
    port = freePort();
    statsPort = freePort();
    file = directory.resolve("config.toml");
    Files.writeString(directory.resolve("token"), "0123456789abcdef\n");
    Files.writeString(file, toml(""));
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    balancer = Balancer.start(file, Mode.PROXY, false, Optional.empty());
  }

  @AfterEach
  void stop() throws IOException {
    System.setOut(standardOutput);
    System.setErr(standardError);
    balancer.hurry();
    balancer.stop();
    for (NamedServer server : servers) {
      server.close();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private String toml(String more) {
    return """
    [frontends.web]
    listen_addr = "127.0.0.1:%d"
    backend = "pool"
    [backends.pool]
    health_check_interval = 0
    [backends.pool.servers.a]
    addr = "%s"
    [backends.pool.servers.b]
    addr = "%s"
    [stats]
    port = %d
    [control]
    socket = "control.sock"
    token_file = "token"
    state_file = "state"
    """
            .formatted(port, servers.get(0).address(), servers.get(1).address(), statsPort)
        + more;
  }

  private int run(String... arguments) {
    output.reset();
    errors.reset();
    List<String> line = new ArrayList<>(List.of(arguments));
    line.addAll(List.of("--config", file.toString()));
    return Headrace.execute(line.toArray(String[]::new));
  }

  private String said() {
    return output.toString(StandardCharsets.UTF_8) + errors.toString(StandardCharsets.UTF_8);
  }

  private void assertDone(String... arguments) {
    assertEquals(DONE, run(arguments), this::said);
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
    return socket;
  }

  /** The servers that new connections go to. */
  private String reached() throws IOException {
    boolean[] seen = new boolean[3];
    for (int i = 0; i < 40; i++) {
      try (Socket socket = connect()) {
        seen[socket.getInputStream().read() - 'a'] = true;
      }
    }
    return (seen[0] ? "a" : "") + (seen[1] ? "b" : "") + (seen[2] ? "c" : "");
  }

  @Test
  void theLogLevelIsChangedWhileItRuns() {
    assertDone("log-level");
    assertTrue(said().contains("log level: "), this::said);
    assertDone("log-level", "debug");
    assertEquals(Log.Verbosity.DEBUG, Log.verbosity());
    assertDone("log-level", "info");
    assertEquals(Log.Verbosity.INFO, Log.verbosity());
    assertEquals(WRONG_USAGE, run("log-level", "loud"));
  }

  @Test
  void theSocketIsItsOwnersAlone() throws IOException {
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(directory.resolve("control.sock"))));
  }

  @Test
  void aDrainTakesNoNewConnectionAndCutsNone() throws IOException {
    Socket old = connect();
    String name = Character.toString(old.getInputStream().read());
    assertDone("drain", "pool/" + name);
    assertTrue(said().startsWith("pool/" + name + ": drain\n"), said());
    assertEquals(name.equals("a") ? "b" : "a", reached());
    assertDone("servers");
    assertTrue(
        said().matches("(?s).*pool/" + name + " .* draining .*asked for by user .*"), said());
    old.setSoTimeout(100);
    assertThrows(IOException.class, () -> old.getInputStream().read(), "it goes on");
    old.close();
    assertDone("ready", name);
    assertEquals("ab", reached());
  }

  @Test
  void connectionsAreShownAndTheOnesThatAreMeantAreClosed() throws IOException {
    try (Socket first = connect();
        Socket second = connect()) {
      String name = Character.toString(first.getInputStream().read());
      second.getInputStream().read();
      assertEquals(DONE, conntrack("list", "--server", name), this::said);
      assertTrue(
          said()
              .lines()
              .anyMatch(
                  line ->
                      line.matches(
                          "tcp   established   127\\.0\\.0\\.1:%d +web +%s +\\d+ +\\d+"
                              .formatted(first.getLocalPort(), name))),
          this::said);
      assertEquals(WRONG_USAGE, conntrack("close"), this::said);
      assertEquals(WRONG_USAGE, conntrack("close", "--server", "x"), this::said);
      assertEquals(DONE, conntrack("close", "--state", "syn_sent"), this::said);
      assertTrue(said().startsWith("connections closed: 0\n"), this::said);
      assertEquals(DONE, conntrack("close", "--server", "pool/" + name, "--client", "127.0.0.0/8"));
      assertTrue(
          said().matches("(?s)connections closed: [12]\n.*asked for by user .*"), this::said);
      assertThrows(SocketException.class, () -> first.getInputStream().read(), "it is reset");
      assertEquals(DONE, conntrack("close", "--all"), this::said);
      assertThrows(SocketException.class, () -> second.getInputStream().read());
      assertEquals(DONE, conntrack("count"), this::said);
      assertTrue(said().startsWith("flows                                  0\n"), this::said);
    }
  }

  private int conntrack(String... arguments) {
    output.reset();
    errors.reset();
    List<String> line = new ArrayList<>(List.of("conntrack"));
    line.addAll(List.of(arguments));
    line.add(file.toString());
    return Headrace.execute(line.toArray(String[]::new));
  }

  @Test
  void maintenanceAndWeightZeroKeepConnectionsAway() throws IOException {
    assertDone("maintenance", "a");
    assertEquals("b", reached());
    assertDone("ready", "a");
    assertDone("weight", "b", "0");
    assertEquals("a", reached());
    assertDone("weight", "b");
    assertEquals("ab", reached());
  }

  @Test
  void aServerIsAddedAndRemovedAndTheFileMayChangeMeanwhile() throws IOException {
    assertDone("servers", "add", "pool/c", servers.get(2).address(), "--set", "weight=2", "--json");
    assertTrue(said().contains("+ backends.pool.servers.c.weight = 2"), said());
    assertEquals("abc", reached());
    Files.writeString(file, toml("[proxy]\ndrain_timeout = 1\n"));
    assertDone("reload");
    assertEquals("abc", reached());
    assertDone("servers", "remove", "pool/a");
    assertEquals("bc", reached());
    assertDone("servers", "remove", "pool/c");
    assertEquals("b", reached());
  }

  @Test
  void whatWasChangedOutlivesTheProcess() throws Exception {
    assertDone("servers", "add", "pool/c", servers.get(2).address());
    assertDone("servers", "remove", "pool/b");
    assertDone("drain", "a");
    assertDone("weight", "c", "7");
    balancer.hurry();
    assertTrue(balancer.stop());
    balancer = Balancer.start(file, Mode.PROXY, false, Optional.empty());
    assertEquals("c", reached());
    assertDone("servers", "--json");
    assertTrue(said().contains("\"weight\" : 7"), said());
    assertTrue(said().contains("\"state\" : \"draining\""), said());
  }

  @Test
  void aReloadSaysWhatHasChangedAndRefusesWhole() throws IOException {
    assertDone("reload");
    assertTrue(said().startsWith("nothing has changed\n"), said());
    Files.writeString(
        file, toml("").replace("[backends.pool.servers.b]", "[backends.pool.servers.z]"));
    assertDone("check", file.toString(), "--diff");
    String diff = said();
    assertTrue(diff.startsWith("+ backends.pool.servers.z.addr = "), diff);
    run("reload");
    Files.writeString(file, toml("weight = 3\n").replace("listen_addr", "lisen_addr"));
    assertEquals(FAILED, run("reload"));
    assertTrue(said().contains("config.toml:2:1: unknown key \"lisen_addr\""), said());
    assertTrue(said().contains("config.toml:16:1: unknown key \"weight\" in [control]"), said());
    assertEquals("ab", reached());
  }

  @Test
  void theAddressOfStatisticsAndTheAccessLogChangeWhileItRuns() throws IOException {
    int before = statsPort;
    assertEquals(200, ask("/stats", "GET", "").getResponseCode());
    statsPort = freePort();
    Files.writeString(file, toml("[proxy]\naccess_log = 'access.log'\n"));
    assertDone("reload");
    assertEquals(200, ask("/stats", "GET", "").getResponseCode());
    reached();
    await(() -> Files.size(directory.resolve("access.log")) > 0);
    statsPort = before;
    assertThrows(SocketException.class, () -> ask("/stats", "GET", "").getResponseCode());
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(Condition condition) throws IOException {
    long start = System.nanoTime();
    while (!condition.holds()) {
      assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(30), "waited in vain");
      Thread.onSpinWait();
    }
  }

  private HttpURLConnection ask(String path, String method, String token) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + statsPort + path).toURL().openConnection();
    connection.setRequestMethod(method);
    if (!token.isEmpty()) {
      connection.setRequestProperty("Authorization", "Bearer " + token);
    }
    return connection;
  }

  @Test
  void overTcpChangesNeedTheToken() throws IOException {
    String drain = "/servers/drain?server=a";
    assertEquals(405, ask(drain, "GET", "0123456789abcdef").getResponseCode());
    assertEquals(401, ask(drain, "POST", "").getResponseCode());
    assertEquals(401, ask(drain, "POST", "0123456789abcdeX").getResponseCode());
    assertEquals("ab", reached());
    assertEquals(200, ask(drain, "POST", "0123456789abcdef").getResponseCode());
    assertEquals("b", reached());
  }

  @Test
  void whatCannotBeDoneIsALine() {
    assertEquals(FAILED, run("drain", "x"));
    assertEquals("headrace: there is no server \"x\"; there is pool/a, pool/b\n", said());
    assertEquals(FAILED, run("drain", "pool/x"));
    assertEquals("headrace: there is no server pool/x; there is pool/a, pool/b\n", said());
    assertEquals(WRONG_USAGE, run("weight", "a", "many"));
    assertEquals("headrace: weight must be from 0 to 65535, not \"many\"\n", said());
    assertEquals(FAILED, run("servers", "add", "pool/a", "127.0.0.1:1"));
    assertEquals("headrace: pool/a is there already\n", said());
    assertEquals(FAILED, run("servers", "add", "other/a", "127.0.0.1:1"));
    assertEquals("headrace: there is no backend \"other\"\n", said());
    assertEquals(FAILED, run("servers", "add", "pool/d", "somewhere"));
    assertTrue(said().contains("server pool/d: addr: \"somewhere\" names a host"), said());
    assertEquals(FAILED, run("ready", "a", "--socket", "/nowhere"));
    assertTrue(said().contains("no balancer that you may control listens on /nowhere"), said());
    assertFalse(said().contains("Exception"), said());
  }
}
