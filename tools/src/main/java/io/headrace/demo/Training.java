package io.headrace.demo;

import io.headrace.cli.Headrace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * What the build runs to have its classes recorded for the AOT cache (JEP 483, JEP 514) of {@code
 * ./headrace}: frames through the pipeline, and, in a network of its own, the start and the stop of
 * a balancer of both modes, with connections through its proxy. Arguments: an empty directory, and
 * {@code run} in a network that has the address 192.0.2.1.
 */
final class Training {
  private static final int FLOWS = 1000;
  private static final InetSocketAddress STATISTICS = new InetSocketAddress("127.0.0.1", 9090);
  private static final InetSocketAddress PROXY = new InetSocketAddress("127.0.0.1", 8080);
  private static final InetSocketAddress SERVER = new InetSocketAddress("127.0.0.1", 8081);
  private static final int CONNECTIONS = 500;
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration FIRST_CHECKS = Duration.ofSeconds(1);
  private static final String CONFIG =
      """
      [frontends.web]
      listen_addr = "192.0.2.1:80"
      backend = "web"
      [backends.web]
      health_check_interval = 1
      [backends.web.servers]
      server1 = { addr = "192.0.2.21:80", weight = 1 }
      server2 = { addr = "192.0.2.22:80", weight = 2 }
      [stats]
      listen_addr = "127.0.0.1:9090"
      [passthrough]
      connection_tracker_capacity = 10000
      connection_tracker_file = "%s"
      """;

  private static final String PROXIED =
      """
      [frontends.proxied]
      mode = "proxy"
      listen_addr = "127.0.0.1:8080"
      backend = "local"
      [backends.local.servers]
      server1 = { addr = "127.0.0.1:8081" }
      """;

  private Training() {}

  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    Path flows = directory.resolve("flows");
    Path in = directory.resolve("in.pcap");
    String config = directory.resolve("config.toml").toString();
    Files.writeString(Path.of(config), CONFIG.formatted(flows));
    ClientFrames.write(in, FLOWS);
    String[] replay = {
      "replay",
      "--config",
      config,
      in.toString(),
      "-w",
      "/dev/null",
      "--conntrack",
      flows.toString()
    };
    Headrace.commandLine(replay).execute(replay);
    if (arguments.length > 1) {
      Files.writeString(Path.of(config), PROXIED, StandardOpenOption.APPEND);
      Thread.ofPlatform().daemon().start(Training::answer);
      Thread.ofPlatform().daemon().start(Training::stopWhenItAnswers);
      Headrace.main(new String[] {"run", "-p", "--config", config});
    }
  }

  /** The server behind the proxy: sends back what it gets. */
  private static void answer() {
    try (ServerSocket listener = new ServerSocket()) {
      listener.bind(SERVER);
      while (true) {
        try (Socket socket = listener.accept()) {
          socket.getInputStream().transferTo(socket.getOutputStream());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void connect() throws IOException {
    for (int i = 0; i < CONNECTIONS; i++) {
      try (Socket socket = new Socket(PROXY.getAddress(), PROXY.getPort())) {
        socket.getOutputStream().write(1);
        socket.shutdownOutput();
        socket.getInputStream().readAllBytes();
      }
    }
  }

  private static void stopWhenItAnswers() {
    while (true) {
      try {
        Thread.sleep(PAUSE);
        try (HttpConnection connection = new HttpConnection(STATISTICS)) {
          connection.connect();
          connection.get("/stats", false);
        }
        connect();
        Thread.sleep(FIRST_CHECKS);
        System.exit(0);
      } catch (IOException notYet) {
        // It is still starting.
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
