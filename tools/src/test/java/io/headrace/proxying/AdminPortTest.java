package io.headrace.proxying;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What stands around a balancer looks at it: those who measure, those who supervise, and others.
 */
@Tag("network") // It starts programs, and so is not of the quick tests.
class AdminPortTest {
  /** As the admin server has them. */
  private static final int MOST_CONNECTIONS = 128;

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

  private static void echo(Socket socket) throws IOException {
    socket.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
    assertEquals(
        "hello", new String(socket.getInputStream().readNBytes(5), StandardCharsets.UTF_8));
  }

  @Test
  void prometheusScrapesItAndPromtoolHasNothingToSay() throws Exception {
    Programs.require("prometheus", "promtool");
    int port = ProxyProcess.freePort();
    try (ProxyProcess proxy = ProxyProcess.start(directory, "", "", server.port())) {
      try (Socket socket = proxy.connect()) {
        echo(socket);
      }
      Path scraped =
          Files.writeString(directory.resolve("metrics.txt"), proxy.ask("/metrics").body());
      assertEquals(
          "",
          LocalProgram.run(directory, "sh", "-c", "promtool check metrics <" + scraped + " 2>&1"));
      Files.writeString(
          directory.resolve("prometheus.yml"),
          """
          global:
            scrape_interval: 1s
          scrape_configs:
            - job_name: headrace
              static_configs:
                - targets: ["127.0.0.1:%d"]
          """
              .formatted(proxy.statsPort()));
      try (LocalProgram prometheus =
          new LocalProgram(
              directory,
              List.of(
                  "prometheus",
                  "--config.file=prometheus.yml",
                  "--storage.tsdb.path=data",
                  "--web.listen-address=127.0.0.1:" + port))) {
        String query = "http://127.0.0.1:" + port + "/api/v1/query?query=";
        LocalProgram.await(
            "Prometheus knows",
            () ->
                get(query + "headrace_frontend_connections_total")
                        .matches(".*\"frontend\":\"web\".*\"value\":\\[[0-9.]+,\"1\"].*")
                    && get(query + "headrace_frontend_connection_seconds_count")
                        .matches(".*\"value\":\\[[0-9.]+,\"1\"].*"),
            prometheus::output);
        String targets = get("http://127.0.0.1:" + port + "/api/v1/targets");
        assertTrue(targets.contains("\"lastError\":\"\""), targets);
      }
    }
  }

  /** Nothing while nobody answers there. */
  private static String get(String url) {
    try (InputStream answer = URI.create(url).toURL().openStream()) {
      return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void itIsReadyUntilItStopsAndAliveThen() throws IOException {
    try (ProxyProcess proxy = ProxyProcess.start(directory, "", "", server.port());
        Socket socket = proxy.connect()) {
      echo(socket);
      LocalProgram.await(
          "it is ready", () -> status(proxy, "/readyz") == 200, proxy.program()::output);
      proxy.program().terminate();
      LocalProgram.await(
          "it is ready no more", () -> status(proxy, "/readyz") == 503, proxy.program()::output);
      assertEquals("not ready: it stops\n", proxy.ask("/readyz").body());
      assertEquals(200, status(proxy, "/healthz"));
      echo(socket);
    }
  }

  private static int status(ProxyProcess proxy, String page) {
    try {
      HttpResponse<String> answer = proxy.ask(page);
      return answer.statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  @Test
  void whatHappenedLatelyIsTold() throws IOException {
    try (ProxyProcess proxy = ProxyProcess.start(directory, "", "", server.port())) {
      String events = proxy.ask("/events").body();
      assertTrue(events.contains("\"message\" : \"ready: proxy on "), events);
      assertTrue(events.contains("\"level\" : \"info\""), events);
    }
  }

  private static Socket open(ProxyProcess proxy, String text) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.statsPort());
    socket.setSoTimeout(60_000);
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  /** Whether it is cut off, whatever it is told before. */
  private static boolean isCut(Socket socket) {
    try {
      socket.getInputStream().readAllBytes();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void whoSendsTooMuchOrTooSlowlyIsCutOffAndOthersAreAnswered() throws IOException {
    try (ProxyProcess proxy = ProxyProcess.start(directory, "", "", server.port())) {
      List<Socket> slow = new ArrayList<>();
      try {
        for (int i = 0; i < MOST_CONNECTIONS / 2; i++) {
          slow.add(open(proxy, i % 2 == 0 ? "" : "GET /stats HTTP/1.1\r\nX-Slow: "));
        }
        try (Socket huge = open(proxy, "GET /stats HTTP/1.1\r\n")) {
          OutputStream out = huge.getOutputStream();
          byte[] header = ("X-Huge: " + "x".repeat(8_000) + "\r\n").getBytes();
          boolean cut = false;
          for (int i = 0; i < 1000 && !cut; i++) {
            try {
              out.write(header);
            } catch (IOException e) {
              cut = true;
            }
          }
          assertTrue(cut || isCut(huge));
        }
        assertEquals(200, status(proxy, "/stats"));
        for (int i = 0; i < MOST_CONNECTIONS; i++) {
          slow.add(open(proxy, ""));
        }
        try (Socket tooMany = open(proxy, "GET /stats HTTP/1.1\r\n\r\n")) {
          assertTrue(isCut(tooMany));
        }
        assertTrue(slow.stream().allMatch(AdminPortTest::isCut));
        assertEquals(200, status(proxy, "/stats"));
        try (Socket through = proxy.connect()) {
          echo(through);
        }
      } finally {
        for (Socket each : slow) {
          each.close();
        }
      }
    }
  }
}
