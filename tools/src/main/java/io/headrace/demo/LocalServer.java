package io.headrace.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An HTTP server in this process, where there is no root for others: its name at {@code /}, and
 * many bytes at {@code /big}. For one thread.
 */
final class LocalServer implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final String name;
  private final byte[] big;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private InetSocketAddress address = new InetSocketAddress("127.0.0.1", 0);
  private HttpServer server;

  /** Starts one on a port that is free. */
  LocalServer(String name, byte[] big) throws IOException {
    this.name = name;
    this.big = big;
    start();
  }

  /** Starts it again, where it was. */
  void start() throws IOException {
    // Head and body are two writes: without this the second waits for the client's delayed ACK.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    server = HttpServer.create(address, BACKLOG);
    address = server.getAddress();
    server.setExecutor(threads);
    byte[] page = (name + "\n").getBytes(StandardCharsets.UTF_8);
    server.createContext("/", exchange -> answer(exchange, page));
    server.createContext("/big", exchange -> answer(exchange, big));
    server.start();
  }

  private static void answer(HttpExchange exchange, byte[] body) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Stops it, in the middle of whatever it does. */
  void stop() {
    server.stop(0);
  }

  String name() {
    return name;
  }

  InetSocketAddress address() {
    return address;
  }

  @Override
  public void close() {
    stop();
    threads.shutdownNow();
  }
}
