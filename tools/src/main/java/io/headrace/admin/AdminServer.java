package io.headrace.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The HTTP server of a running balancer. Reads counters and flows beside those who write them: the
 * data path waits for nothing here. An answer is sent as it is written, whatever its length.
 */
public final class AdminServer implements AutoCloseable {
  /** An answer to GET under one path. */
  public interface Page {
    /** The media type of what is written. */
    String type();

    /**
     * Writes the answer to a request.
     *
     * @param query the parameters of the request
     * @param out where to; it need not be closed
     * @throws Refusal when this cannot be answered; before anything is written
     * @throws IOException when the stream does
     */
    void write(Map<String, String> query, OutputStream out) throws IOException;
  }

  /** A request that is not answered; the message is one line and says why. */
  public static final class Refusal extends IOException {
    private static final long serialVersionUID = 1;
    private final int status;

    /**
     * @param status of HTTP
     */
    public Refusal(int status, String message) {
      super(message);
      this.status = status;
    }
  }

  private static final int BACKLOG = 64;

  private final HttpServer server;
  private final CompletableFuture<Map<String, Page>> pages = new CompletableFuture<>();
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
   * @param byPath what there is, by the paths of the requests
   */
  public void serve(Map<String, Page> byPath) {
    pages.complete(Map.copyOf(byPath));
  }

  /** Where it listens, with the port that the kernel chose when 0 was asked for. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  /**
   * Closes the exchange when all went well alone: one that is not closed has its connection cut, so
   * that nobody takes half an answer for a whole one.
   */
  private void answer(HttpExchange exchange) throws IOException {
    Map<String, Page> there = pages.join();
    Page page = there.get(exchange.getRequestURI().getPath());
    String method = exchange.getRequestMethod();
    if (page == null) {
      refuse(
          exchange,
          404,
          "no such page; there is " + String.join(", ", new TreeSet<>(there.keySet())));
    } else if (method.equals("HEAD")) {
      start(exchange, 200, page.type(), -1);
    } else if (method.equals("GET")) {
      send(exchange, page);
    } else {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      refuse(exchange, 405, "only GET and HEAD");
    }
    exchange.close();
  }

  private static void send(HttpExchange exchange, Page page) throws IOException {
    try {
      Body body = new Body(exchange, page.type());
      page.write(query(exchange.getRequestURI().getRawQuery()), body);
      body.end();
    } catch (Refusal refusal) {
      refuse(exchange, refusal.status, refusal.getMessage());
    }
  }

  private static void refuse(HttpExchange exchange, int status, String message) throws IOException {
    byte[] body = (message + "\n").getBytes(StandardCharsets.UTF_8);
    start(exchange, status, "text/plain", body.length);
    if (!exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseBody().write(body);
    }
  }

  /**
   * @param length of the body; 0 when it shows by the end, -1 when there is none
   */
  private static void start(HttpExchange exchange, int status, String type, long length)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : length);
  }

  private static Map<String, String> query(String text) throws Refusal {
    Map<String, String> query = new LinkedHashMap<>();
    if (text != null) {
      for (String each : text.split("&")) {
        String[] pair = each.split("=", 2);
        query.put(decode(pair[0]), pair.length == 1 ? "" : decode(pair[1]));
      }
    }
    return query;
  }

  private static String decode(String text) throws Refusal {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Refusal(400, "malformed query: " + text);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    pages.cancel(false);
    threads.shutdownNow();
    threads.close();
  }

  /**
   * An answer that is short is sent with its length, when it is whole; of a longer one, what there
   * is when a buffer is full. Until then the request may be refused.
   */
  private static final class Body extends OutputStream {
    private static final int BUFFER = 1 << 16;

    private final HttpExchange exchange;
    private final String type;
    private final byte[] buffer = new byte[BUFFER];
    private int filled;
    private boolean started;

    Body(HttpExchange exchange, String type) {
      this.exchange = exchange;
      this.type = type;
    }

    @Override
    public void write(int b) throws IOException {
      if (filled == buffer.length) {
        send(0);
      }
      buffer[filled++] = (byte) b;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      for (int done = 0; done < length; ) {
        if (filled == buffer.length) {
          send(0);
        }
        int now = Math.min(length - done, buffer.length - filled);
        System.arraycopy(bytes, offset + done, buffer, filled, now);
        filled += now;
        done += now;
      }
    }

    /** After the last byte. */
    void end() throws IOException {
      send(filled == 0 ? -1 : filled);
    }

    /**
     * @param whole the length of the answer if this is the first of it
     */
    private void send(long whole) throws IOException {
      if (!started) {
        started = true;
        start(exchange, 200, type, whole);
      }
      if (filled > 0) {
        exchange.getResponseBody().write(buffer, 0, filled);
        filled = 0;
      }
    }
  }
}
