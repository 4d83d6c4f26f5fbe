package io.headrace.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.config.ProbeConfig;
import io.headrace.health.Outcome.Failed;
import io.headrace.health.Outcome.Passed;
import io.headrace.health.Outcome.Unknown;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of check against a real server. */
class ChecksTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir Path directory;

  private final Prober prober = new Prober(10);

  @AfterEach
  void close() {
    prober.close();
  }

  @Test
  void whatATcpServerSaysIsExpectedOrNot() throws Exception {
    try (ServerSocket server = saying("+PONG\r\n")) {
      assertEquals(
          new Passed(), probe("send = 'PING', expect = 'PONG'", server.getLocalPort(), LONG));
      assertEquals(new Passed(), probe("expect = 'hex:50 4f4e47'", server.getLocalPort(), LONG));
      assertEquals(
          new Failed("not the expected answer: it said \"+PONG..\""),
          probe("expect = 'READY'", server.getLocalPort(), LONG));
    }
  }

  @Test
  void aTcpServerThatSaysNothingFailsAtTheTimeout() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      assertEquals(
          new Failed("no answer within 300 ms"),
          probe("expect = 'READY'", server.getLocalPort(), SHORT));
      assertEquals(
          new Failed("no answer within 300 ms"),
          probe("type = 'http'", server.getLocalPort(), SHORT));
      assertEquals(
          new Failed("no answer within 300 ms"),
          probe("type = 'https'", server.getLocalPort(), SHORT));
    }
  }

  @Test
  void aUdpServerIsAskedAndAnswers() throws Exception {
    int port;
    try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      port = server.getLocalPort();
      Thread.ofVirtual().start(() -> echo(server));
      String ask = "type = 'udp', send = 'ping'";
      assertEquals(new Passed(), probe(ask, port, LONG));
      assertEquals(new Passed(), probe(ask + ", expect = 'in'", port, LONG));
      assertEquals(
          new Failed("not the expected answer: it said \"ping\""),
          probe(ask + ", expect = 'pong'", port, LONG));
    }
    assertEquals(
        new Failed("nobody listens there"), probe("type = 'udp', send = 'ping'", port, LONG));
  }

  @Test
  void anHttpAnswerIsLookedAt() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try {
      serve(server);
      int port = server.getAddress().getPort();
      assertEquals(new Passed(), probe("type = 'http', path = '/health'", port, LONG));
      assertEquals(
          new Failed("status 404, not 200-399"), probe("type = 'http', path = '/no'", port, LONG));
      assertEquals(
          new Passed(),
          probe("type = 'http', path = '/no', expect_status = ['200', '404']", port, LONG));
      // The answer comes in chunks.
      assertEquals(
          new Passed(),
          probe(
              "type = 'http', path = '/health', host = 'www.example.com',"
                  + " expect_body = 'GET /health for www.example.com is well'",
              port,
              LONG));
      assertEquals(
          new Failed("the body lacks \"ill\""),
          probe("type = 'http', path = '/health', expect_body = 'ill'", port, LONG));
      assertEquals(
          new Passed(), probe("type = 'http', method = 'HEAD', path = '/health'", port, LONG));
    } finally {
      server.stop(0);
    }
    try (ServerSocket other = saying("SSH-2.0\r\n")) {
      assertEquals(
          new Failed("its answer is no HTTP"), probe("type = 'http'", other.getLocalPort(), LONG));
    }
  }

  @Test
  void overTlsTheNameIsAskedForAndTheCertificateVerifiedIfWanted() throws Exception {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(selfSigned()));
    try {
      serve(server);
      int port = server.getAddress().getPort();
      String ask = "type = 'https', path = '/health', sni = 'www.example.com'";
      assertEquals(new Passed(), probe(ask, port, LONG));
      assertEquals(new Passed(), probe("type = 'https', path = '/health'", port, LONG));
      Outcome verified = probe(ask + ", verify = true", port, LONG);
      assertTrue(
          verified instanceof Failed(String reason) && reason.startsWith("TLS: "),
          verified::toString);
      String own = ", verify = true, ca_file = '" + directory.resolve("ca.pem") + "'";
      assertEquals(new Passed(), probe(ask + own, port, LONG));
      Outcome otherName =
          probe("type = 'https', path = '/health', sni = 'other.example.com'" + own, port, LONG);
      assertTrue(
          otherName instanceof Failed(String reason) && reason.contains("other.example.com"),
          otherName::toString);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aCommandIsRunWithTheServersAddress() throws Exception {
    Path script = directory.resolve("check");
    Files.writeString(
        script,
        """
        #!/bin/sh
        [ "$HEADRACE_BACKEND/$HEADRACE_SERVER $HEADRACE_ADDRESS:$HEADRACE_PORT" = "pool/one 127.0.0.1:7" ] || exit 3
        case "$1" in
          sleep) sleep 3600;;
          *) exit "$1";;
        esac
        """);
    assertTrue(script.toFile().setExecutable(true));
    String command = "type = 'command', command = ['" + script + "', '%s']";
    assertEquals(new Passed(), probe(command.formatted("0"), 7, LONG));
    assertEquals(new Failed("exit status 4 of " + script), probe(command.formatted("4"), 7, LONG));
    assertEquals(
        new Failed("no answer within 300 ms"), probe(command.formatted("sleep"), 7, SHORT));
    assertFalse(
        ProcessHandle.current().descendants().anyMatch(ProcessHandle::isAlive) && !goneSoon(),
        "what was started is killed with it");
    Outcome missing = probe("type = 'command', command = ['/no/such/program']", 7, LONG);
    assertTrue(missing instanceof Unknown, missing::toString);
  }

  private static boolean goneSoon() throws Exception {
    for (ProcessHandle each : ProcessHandle.current().descendants().toList()) {
      each.onExit().get(LONG.toSeconds(), TimeUnit.SECONDS);
    }
    return true;
  }

  private Outcome probe(String table, int port, Duration timeout) throws InterruptedException {
    return prober.probe(
        Checks.of(config(table)),
        Servers.ANY,
        Place.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)),
        timeout);
  }

  private static ProbeConfig config(String table) {
    try {
      return ConfigReader.read(
              "frontends.web = { listen_addr = '192.0.2.10:80', backend = 'pool' }\n"
                  + "backends.pool.servers.one = { addr = '127.0.0.1:7' }\n"
                  + "backends.pool.health_check = { "
                  + table
                  + " }\n",
              Path.of("test.toml"),
              Mode.PROXY)
          .backends()
          .get("pool")
          .healthCheck()
          .probe();
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static ServerSocket saying(String words) throws IOException {
    ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                  socket.getOutputStream().write(words.getBytes());
                  // Until the check has had its say: a reset would lose the answer.
                  socket.shutdownOutput();
                  socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                  // The check went away, or the test is over.
                }
              }
            });
    return server;
  }

  private static void echo(DatagramSocket server) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        server.receive(packet);
        server.send(packet);
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private static void serve(HttpServer server) {
    server.createContext(
        "/health",
        exchange -> {
          byte[] body =
              (exchange.getRequestMethod()
                      + " "
                      + exchange.getRequestURI()
                      + " for "
                      + exchange.getRequestHeaders().getFirst("Host")
                      + " is well")
                  .getBytes();
          boolean head = exchange.getRequestMethod().equals("HEAD");
          exchange.sendResponseHeaders(200, head ? -1 : 0);
          if (!head) {
            exchange.getResponseBody().write(body);
          }
          exchange.close();
        });
    server.start();
  }

  private SSLContext selfSigned() throws Exception {
    Path store = directory.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "test",
                "-keyalg",
                "EC",
                "-dname",
                "CN=www.example.com",
                "-ext",
                "san=dns:www.example.com",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertEquals(0, keytool.waitFor());
    KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    Files.writeString(
        directory.resolve("ca.pem"),
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(keys.getCertificate("test").getEncoded())
            + "\n-----END CERTIFICATE-----\n");
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }
}
