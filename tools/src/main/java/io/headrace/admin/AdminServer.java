package io.headrace.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headrace.admin.Site.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The HTTP server of a running balancer. Reads counters and flows beside those who write them: the
 * data path waits for nothing here. An answer is sent as it is written, whatever its length. Who
 * has the token may change things.
 */
public final class AdminServer implements AutoCloseable {
  private static final int BACKLOG = 64;

  private final HttpServer server;
  private final Site site;
  private final Optional<String> token;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * Starts to listen.
   *
   * @param listen where
   * @param site what it answers
   * @param token of those who may change things; empty when nobody may
   * @throws IOException when it cannot be bound
   */
  public AdminServer(InetSocketAddress listen, Site site, Optional<String> token)
      throws IOException {
    this.site = site;
    this.token = token;
    server = HttpServer.create(listen, BACKLOG);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Where it listens, with the port that the kernel chose when 0 was asked for. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  /** An exchange that is not closed has its connection cut. */
  private void answer(HttpExchange exchange) throws IOException {
    site.answer(new Tcp(exchange));
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    threads.close();
  }

  private final class Tcp implements Exchange {
    private final HttpExchange exchange;

    Tcp(HttpExchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public String method() {
      return exchange.getRequestMethod();
    }

    @Override
    public URI target() {
      return exchange.getRequestURI();
    }

    @Override
    public String authority() throws Refusal {
      if (token.isEmpty()) {
        throw new Refusal(
            403, "changes are for the control socket; over TCP, set token_file in [control]");
      }
      byte[] wanted = ("Bearer " + token.get()).getBytes(StandardCharsets.UTF_8);
      String sent =
          Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")).orElse("");
      if (!MessageDigest.isEqual(wanted, sent.getBytes(StandardCharsets.UTF_8))) {
        throw new Refusal(401, "this needs the token: Authorization: Bearer TOKEN");
      }
      return exchange.getRemoteAddress().getAddress().getHostAddress() + " with the token";
    }

    @Override
    public OutputStream answer(int status, String type, long length) throws IOException {
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      exchange.sendResponseHeaders(status, method().equals("HEAD") ? -1 : length);
      return exchange.getResponseBody();
    }
  }
}
