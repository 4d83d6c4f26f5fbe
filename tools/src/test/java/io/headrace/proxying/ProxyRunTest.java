package io.headrace.proxying;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** It starts a process for each case, and so is not of the quick tests. */
@Tag("network")
class ProxyRunTest {
  @TempDir private Path directory;
  private EchoServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = new EchoServer();
  }

  @AfterEach
  void stopServer() throws IOException {
    server.close();
  }

  private static void assertEchoes(Socket socket) throws IOException {
    socket.getOutputStream().write("hello".getBytes());
    assertEquals("hello", new String(socket.getInputStream().readNBytes(5)));
  }

  @Test
  void itServesWithoutPrivilegesCountsAndEndsInOrder() throws IOException {
    try (ProxyProcess proxy = ProxyProcess.start(directory, "", "", server.port())) {
      try (Socket socket = proxy.connect()) {
        assertEchoes(socket);
        String stats = proxy.stats();
        assertTrue(stats.contains("\"total_connections\" : 1"), stats);
        assertTrue(stats.contains("\"current_connections\" : 1"), stats);
        assertTrue(stats.contains("\"total_bytes_tx\" : 5"), stats);
        assertTrue(stats.contains("\"total_bytes_rx\" : 5"), stats);
        assertTrue(stats.contains("\"127.0.0.1:" + server.port() + "\" : true"), stats);
        assertFalse(stats.contains("\"frames\""), stats);
      }
      LocalProgram.await(
          "the connection is counted as done",
          () -> said(proxy).contains("\"done\" : 1"),
          () -> said(proxy));
      proxy.program().terminate();
      assertEquals(0, proxy.program().awaitEnd());
      String log = proxy.program().output();
      assertTrue(log.contains(" ready: proxy on "), log);
      assertFalse(log.contains("Exception"), log);
    }
  }

  private static String said(ProxyProcess proxy) {
    try {
      return proxy.stats();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aServerThatFailsIsOutAndTheFileIsFollowed() throws IOException {
    try (EchoServer other = new EchoServer();
        ProxyProcess proxy = ProxyProcess.start(directory, "", "", server.port())) {
      server.close();
      LocalProgram.await(
          "the server is out",
          () -> said(proxy).contains("\"127.0.0.1:" + server.port() + "\" : false"),
          () -> said(proxy));
      assertTurnedAway(proxy);
      proxy.reload("", other.port());
      try (Socket socket = proxy.connect()) {
        assertEchoes(socket);
      }
      proxy.reload("deny = ['127.0.0.1']", other.port());
      assertTurnedAway(proxy);
    }
  }

  @Test
  void aSignalHasTheFileReadAgain() throws IOException {
    try (ProxyProcess proxy = ProxyProcess.start(directory, "", "", server.port())) {
      proxy.program().signal("HUP");
      proxy
          .program()
          .awaitOutput("SIGHUP: the configuration has changed and is in force: it says what runs");
      Files.writeString(directory.resolve("config.toml"), "[frontends.web]\nlisten = 1\n");
      proxy.program().signal("HUP");
      proxy.program().awaitOutput("the configuration stays as it was");
      proxy.program().awaitOutput("config.toml:2:1: unknown key \"listen\"");
      try (Socket socket = proxy.connect()) {
        assertEchoes(socket);
      }
    }
  }

  /** It may hear of it before it knows that it was connected. */
  private static void assertTurnedAway(ProxyProcess proxy) {
    assertThrows(
        SocketException.class,
        () -> {
          try (Socket socket = proxy.connect()) {
            socket.getInputStream().read();
          }
        });
  }

  @Test
  void aStopLetsConnectionsEndAndNobodyIn() throws IOException {
    try (ProxyProcess proxy = ProxyProcess.start(directory, "", "", server.port());
        Socket socket = proxy.connect()) {
      assertEchoes(socket);
      proxy.program().terminate();
      proxy.program().awaitOutput("connections that may go on for 30 s: 1");
      LocalProgram.await("nobody is let in", proxy::refuses, proxy.program()::output);
      assertEchoes(socket);
      assertTrue(proxy.program().isAlive());
      socket.shutdownOutput();
      assertEquals(-1, socket.getInputStream().read());
      assertEquals(0, proxy.program().awaitEnd());
      assertFalse(proxy.program().output().contains("cut off"), proxy.program().output());
    }
  }

  @Test
  void aSecondSignalEndsAtOnceAndTheTimeoutToo() throws IOException {
    String more = "[proxy]\ndrain_timeout = '1s'\n";
    try (ProxyProcess proxy = ProxyProcess.start(directory, "", more, server.port());
        Socket socket = proxy.connect()) {
      assertEchoes(socket);
      proxy.program().terminate();
      assertEquals(0, proxy.program().awaitEnd());
      assertTrue(proxy.program().output().contains("connections that are cut off: 1"));
      assertThrows(SocketException.class, () -> socket.getInputStream().read());
    }
    String patient = "[proxy]\ndrain_timeout = '1h'\n";
    try (ProxyProcess proxy = ProxyProcess.start(directory, "", patient, server.port());
        Socket socket = proxy.connect()) {
      assertEchoes(socket);
      proxy.program().terminate();
      proxy.program().awaitOutput("a second signal ends them");
      proxy.program().terminate();
      assertEquals(0, proxy.program().awaitEnd());
    }
  }

  @Test
  void anAccessLogHasALineForEachConnectionAndFollowsTheFile() throws IOException {
    for (String format : new String[] {"text", "json"}) {
      Path log = directory.resolve("access-" + format + ".log");
      String more = "[proxy]\naccess_log = '%s'\naccess_log_format = '%s'\n".formatted(log, format);
      try (ProxyProcess proxy = ProxyProcess.start(directory, "", more, server.port())) {
        echoOnce(proxy);
        awaitLines(log, 1);
        String line = Files.readString(log);
        if (format.equals("json")) {
          assertTrue(line.startsWith("{\"time\":\""), line);
          assertTrue(line.contains("\"frontend\":\"web\",\"protocol\":\"TCP\""), line);
          assertTrue(line.contains("\"end\":\"done\",\"bytes_tx\":5,\"bytes_rx\":5"), line);
        } else {
          assertTrue(
              line.matches(
                  "\\S+Z web 127\\.0\\.0\\.1:\\d+ pool/s\\d+ 127\\.0\\.0\\.1:\\d+ done 5 5"
                      + " \\d+\\.\\d{3} \\d+\\.\\d{3} -\n"),
              line);
        }
        Files.move(log, directory.resolve("moved"));
        LocalProgram.await(
            "the file is made anew", () -> Files.exists(log), proxy.program()::output);
        echoOnce(proxy);
        awaitLines(log, 1);
        Files.delete(directory.resolve("moved"));
        proxy.program().terminate();
        assertEquals(0, proxy.program().awaitEnd());
      }
    }
  }

  private static void echoOnce(ProxyProcess proxy) throws IOException {
    try (Socket socket = proxy.connect()) {
      assertEchoes(socket);
      socket.shutdownOutput();
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  private static void awaitLines(Path log, int count) {
    LocalProgram.await(
        count + " lines in the log",
        () -> {
          try {
            return Files.readAllLines(log).size() == count;
          } catch (IOException e) {
            return false;
          }
        },
        log::toString);
  }

  @Test
  void aStartThatCannotBeIsALineThatSaysWhatToDo() throws IOException {
    int stats = ProxyProcess.freePort();
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertRefused(
          1,
          ProxyProcess.toml(other.getLocalPort(), stats, "", server.port()),
          "frontend web: cannot listen on 127.0.0.1:" + other.getLocalPort(),
          "in use",
          "ss -lnp");
    }
    assertRefused(1, ProxyProcess.toml(80, stats, "", server.port()), "ermission denied", "1024");
    assertRefused(
        1,
        ProxyProcess.toml(ProxyProcess.freePort(), stats, "", server.port())
            .replace("listen_addr = \"127.0.0.1", "listen_addr = \"192.0.2.77"),
        "192.0.2.77",
        "no address of this machine");
    assertRefused(
        1,
        ProxyProcess.toml(ProxyProcess.freePort(), stats, "", server.port())
            + "[proxy]\naccess_log = '/nonexistent/access.log'\n",
        "cannot write the access log /nonexistent/access.log: its directory is not there");
    assertRefused(
        2,
        ProxyProcess.toml(ProxyProcess.freePort(), stats, "sni = 3", server.port()),
        "sni must be a table, not the integer 3");
  }

  private void assertRefused(int status, String toml, String... texts) throws IOException {
    try (ProxyProcess proxy = ProxyProcess.launch(directory, 0, 0, toml)) {
      assertEquals(status, proxy.program().awaitEnd(), proxy.program()::output);
      String said = proxy.program().output();
      assertEquals(1, said.lines().count(), said);
      for (String text : texts) {
        assertTrue(said.contains(text), said);
      }
    }
  }
}
