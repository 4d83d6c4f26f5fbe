package io.headrace.proxying;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that people run speak through the proxy as they do without it. */
@Tag("network") // It starts programs, and so is not of the quick tests.
class RealProtocolsTest {
  private static final int BIG = 5_000_000;

  @TempDir private Path directory;

  @Test
  void http1AndHttp2OverTlsWithManyStreamsThroughNginx() throws Exception {
    Programs.require("nginx", "curl", "openssl");
    int tls = ProxyProcess.freePort();
    byte[] big = new byte[BIG];
    new Random(1).nextBytes(big);
    Files.write(directory.resolve("big"), big);
    LocalProgram.run(
        directory,
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        directory.resolve("key").toString(),
        "-out",
        directory.resolve("cert").toString(),
        "-subj",
        "/CN=www.example.com");
    Path configuration =
        Files.writeString(
            directory.resolve("nginx.conf"),
            """
            daemon off;
            %3$s
            pid %1$s/pid;
            error_log stderr;
            events {}
            http {
              access_log off;
              client_body_temp_path %1$s/body;
              proxy_temp_path %1$s/proxy;
              fastcgi_temp_path %1$s/fastcgi;
              uwsgi_temp_path %1$s/uwsgi;
              scgi_temp_path %1$s/scgi;
              server {
                listen 127.0.0.1:%2$d ssl http2;
                ssl_certificate cert;
                ssl_certificate_key key;
                root %1$s;
              }
            }
            """
                .formatted(
                    directory,
                    tls,
                    System.getProperty("user.name").equals("root") ? "user root;" : ""));
    try (LocalProgram nginx =
            new LocalProgram(
                directory,
                List.of("nginx", "-p", directory + "/", "-c", configuration.toString()));
        ProxyProcess proxy =
            ProxyProcess.start(directory, "sni = { \"www.example.com\" = \"pool\" }", "", tls)) {
      LocalProgram.await("nginx answers", () -> accepts(tls), nginx::output);
      LocalProgram.await("it is up", () -> isUp(proxy, tls), proxy.program()::output);
      String[] urls = new String[20];
      String host = "www.example.com:" + proxy.port();
      for (int i = 0; i < urls.length; i++) {
        urls[i] = "https://" + host + "/big?" + i;
      }
      for (String version : List.of("--http1.1", "--http2")) {
        Path out = Files.createDirectories(directory.resolve("out" + version));
        ArrayList<String> curl =
            new ArrayList<>(
                List.of(
                    "curl",
                    "-sSfk",
                    version,
                    "--parallel",
                    "--resolve",
                    host + ":127.0.0.1",
                    "-w",
                    "%{http_version}\n"));
        for (int i = 0; i < urls.length; i++) {
          curl.addAll(List.of("-o", out.resolve("" + i).toString(), urls[i]));
        }
        String said = LocalProgram.run(directory, curl.toArray(String[]::new));
        String expected = version.equals("--http2") ? "2" : "1.1";
        assertEquals(urls.length, said.lines().filter(expected::equals).count(), said);
        for (int i = 0; i < urls.length; i++) {
          assertEquals(
              -1, Files.mismatch(directory.resolve("big"), out.resolve("" + i)), "download " + i);
        }
      }
      assertTrue(nginx.isAlive());
    }
  }

  private static boolean accepts(int port) {
    try {
      new Socket(InetAddress.getLoopbackAddress(), port).close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isUp(ProxyProcess proxy, int server) {
    try {
      return proxy.stats().contains("\"127.0.0.1:" + server + "\" : true");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void redisWithManyClientsAndPipelines() throws Exception {
    Programs.require("redis-server", "redis-benchmark");
    int port = ProxyProcess.freePort();
    try (LocalProgram redis =
            new LocalProgram(
                directory,
                List.of(
                    "redis-server",
                    "--port",
                    String.valueOf(port),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--dir",
                    directory.toString()));
        ProxyProcess proxy = ProxyProcess.start(directory, "", "", port)) {
      LocalProgram.await("redis answers", () -> accepts(port), redis::output);
      LocalProgram.await("it is up", () -> isUp(proxy, port), proxy.program()::output);
      for (String pipeline : List.of("1", "16")) {
        String said =
            LocalProgram.run(
                directory,
                "redis-benchmark",
                "-h",
                "127.0.0.1",
                "-p",
                String.valueOf(proxy.port()),
                "-c",
                "50",
                "-n",
                "20000",
                "-P",
                pipeline,
                "-t",
                "set,get,lrange_100,mset",
                "-d",
                "300",
                "--csv");
        assertEquals(
            5, said.lines().filter(line -> line.matches(".*,\"[0-9.]+\".*")).count(), said);
        assertTrue(!said.toLowerCase().contains("error"), said);
      }
      assertTrue(redis.isAlive());
    }
  }

  @Test
  void postgresqlWithTransactionsAndAConnectionForEach() throws Exception {
    Programs.require("pgbench", "setpriv");
    boolean root = System.getProperty("user.name").equals("root");
    // It will not run as root.
    List<String> user =
        root
            ? List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
            : List.of();
    Path data = Files.createTempDirectory("headrace-postgres");
    int port = ProxyProcess.freePort();
    try {
      if (root) {
        LocalProgram.run(directory, "chown", "postgres", data.toString());
      }
      LocalProgram.run(
          data,
          as(user, postgresql("initdb"), "-D", data + "/db", "-A", "trust", "-U", "bench", "-N"));
      String[] server =
          as(user, postgresql("postgres"), "-D", data + "/db", "-p", "" + port, "-k", "" + data);
      try (LocalProgram postgres = new LocalProgram(data, List.of(server));
          ProxyProcess proxy = ProxyProcess.start(directory, "", "", port)) {
        LocalProgram.await("it answers", () -> accepts(port), postgres::output);
        LocalProgram.await("it is up", () -> isUp(proxy, port), proxy.program()::output);
        pgbench(proxy, "-q", "-i");
        String kept = pgbench(proxy, "-c", "8", "-t", "100");
        assertTrue(kept.contains("actually processed: 800/800"), kept);
        String fresh = pgbench(proxy, "-C", "-c", "4", "-t", "25");
        assertTrue(fresh.contains("actually processed: 100/100"), fresh);
      }
    } finally {
      LocalProgram.run(directory, "rm", "-rf", data.toString());
    }
  }

  private String pgbench(ProxyProcess proxy, String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of("pgbench", "-h", "127.0.0.1", "-U", "bench"));
    command.addAll(List.of("-p", String.valueOf(proxy.port())));
    command.addAll(List.of(options));
    command.add("postgres");
    return LocalProgram.run(directory, command.toArray(String[]::new));
  }

  private static String[] as(List<String> user, String... command) {
    return Stream.concat(user.stream(), Stream.of(command)).toArray(String[]::new);
  }

  /** Debian has a directory for each version, and not on the path. */
  private static String postgresql(String program) throws IOException {
    try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      return versions
          .map(version -> version.resolve("bin").resolve(program).toString())
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  @Test
  void aWebSocketThatCarriesMessagesBothWays() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        ProxyProcess proxy = ProxyProcess.start(directory, "", "", listener.getLocalPort());
        HttpClient client = HttpClient.newHttpClient()) {
      Thread.ofPlatform().daemon().start(() -> serveWebSockets(listener));
      StringBuilder got = new StringBuilder();
      CompletableFuture<String> all = new CompletableFuture<>();
      String text = "Mühlrad ".repeat(20_000);
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + proxy.port() + "/"),
                  new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(
                        WebSocket from, CharSequence data, boolean last) {
                      got.append(data);
                      from.request(1);
                      if (last) {
                        all.complete(got.toString());
                      }
                      return null;
                    }
                  })
              .get(30, TimeUnit.SECONDS);
      socket.sendText(text, true).get(30, TimeUnit.SECONDS);
      assertEquals(text, all.get(30, TimeUnit.SECONDS));
      socket.abort();
    }
  }

  /** Enough of RFC 6455 to send back what comes. */
  private static void serveWebSockets(ServerSocket listener) {
    try {
      while (true) {
        Socket socket = listener.accept();
        Thread.ofVirtual().start(() -> echoFrames(socket));
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private static void echoFrames(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          return;
        }
        head.append((char) next);
      }
      String key =
          head.toString()
              .lines()
              .filter(line -> line.toLowerCase().startsWith("sec-websocket-key:"))
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
              .findFirst()
              .orElseThrow();
      byte[] accept =
          MessageDigest.getInstance("SHA-1")
              .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes());
      out.write(
          ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  + "Sec-WebSocket-Accept: "
                  + Base64.getEncoder().encodeToString(accept)
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      while (true) {
        echoFrame(in, out);
      }
    } catch (Exception e) {
      // The client is gone.
    }
  }

  private static void echoFrame(InputStream in, OutputStream out) throws IOException {
    byte[] head = in.readNBytes(2);
    int length = head[1] & 0x7f;
    byte[] extended = in.readNBytes(length == 126 ? 2 : length == 127 ? 8 : 0);
    if (extended.length > 0) {
      length = 0;
      for (byte each : extended) {
        length = length << 8 | each & 0xff;
      }
    }
    byte[] mask = in.readNBytes(4);
    byte[] data = in.readNBytes(length);
    for (int i = 0; i < data.length; i++) {
      data[i] ^= mask[i % 4];
    }
    out.write(head[0]);
    out.write(head[1] & 0x7f);
    out.write(extended);
    out.write(data);
  }
}
