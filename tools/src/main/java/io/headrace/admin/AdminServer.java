package io.headrace.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The HTTP server of a running balancer. Reads counters alone: the data path does not notice a
 * request.
 */
public final class AdminServer implements AutoCloseable {
  /** Writes the answer to a request. */
  @FunctionalInterface
  public interface Page {
    /**
     * @param out where to; the caller closes it too
     * @throws IOException when the stream does
     */
    void write(OutputStream out) throws IOException;
  }

  private static final int BACKLOG = 64;

  private final HttpServer server;
  private final CompletableFuture<Page> page = new CompletableFuture<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * Starts to listen; a request waits until it can be answered.
   *
   * @param listen where
   * @throws IOException when it cannot be bound
   */
  public AdminServer(InetSocketAddress listen) throws IOException {
    server = HttpServer.create(listen, BACKLOG);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /**
   * Answers from now on.
   *
   * @param stats the answer to {@code /stats}, as JSON
   */
  public void serve(Page stats) {
    page.complete(stats);
  }

  /** Where it listens, with the port that the kernel chose when 0 was asked for. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestURI().getPath().equals("/stats")) {
        send(
            exchange,
            404,
            "text/plain",
            "no such page; there is /stats\n".getBytes(StandardCharsets.UTF_8));
      } else if (!exchange.getRequestMethod().equals("GET")
          && !exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        send(exchange, 405, "text/plain", "only GET and HEAD\n".getBytes(StandardCharsets.UTF_8));
      } else {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        page.join().write(body);
        send(exchange, 200, "application/json", body.toByteArray());
      }
    }
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    page.cancel(false);
    threads.close();
  }
}
