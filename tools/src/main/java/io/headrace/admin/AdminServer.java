package io.headrace.admin;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headrace.admin.Site.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/**
 * The HTTP server of a running balancer. Reads counters and flows beside those who write them: the
 * data path waits for nothing here. An answer is sent as it is written, whatever its length. Who
 * has the token may change things.
 *
 * <p>Whoever sends too much or too slowly, or takes his answer too slowly, is cut off.
 */
public final class AdminServer implements AutoCloseable {
  private static final int BACKLOG = 64;
  private static final int UNAUTHORIZED = 401;

  /**
   * An address or a name of the loopback, which no name server gives another meaning (RFC 6761).
   */
  private static final Pattern OWN_NAME =
      Pattern.compile("(|\\[.*\\]|[0-9.]+|(.*\\.)?localhost)(:[0-9]*)?", Pattern.CASE_INSENSITIVE);

  /** What the JDK's server reads when its classes are loaded; an operator may set others. */
  private static final Map<String, String> LIMITS =
      Map.of(
          "jdk.httpserver.maxConnections", "128",
          "sun.net.httpserver.maxReqHeaders", "64",
          // Bytes, those of the request line among them.
          "sun.net.httpserver.maxReqHeaderSize", "16384",
          // Seconds: to send a request, to take an answer, between two requests; and
          // milliseconds between two looks at who has run out of them.
          "sun.net.httpserver.maxReqTime", "10",
          "sun.net.httpserver.maxRspTime", "120",
          "sun.net.httpserver.idleInterval", "75",
          "sun.net.httpserver.clockTick", "1000",
          // Head and body are two writes: the second would wait for the client's delayed ACK.
          "sun.net.httpserver.nodelay", "true");

  static {
    LIMITS.forEach((key, value) -> System.getProperties().putIfAbsent(key, value));
  }

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
    Tcp asked = new Tcp(exchange);
    if (isMisled(asked.header("Host"))) {
      Site.say(asked, 403, "this port is for this machine: ask for it by address, or as localhost");
    } else {
      site.answer(asked);
    }
    exchange.close();
  }

  /**
   * Whether a browser may have been led here by a name of somebody else's that stands for the
   * loopback, so that his page reads what this machine alone gets (DNS rebinding).
   */
  private boolean isMisled(String host) {
    return server.getAddress().getAddress().isLoopbackAddress()
        && !OWN_NAME.matcher(host).matches();
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
    public String header(String name) {
      return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name)).orElse("");
    }

    @Override
    public String authority() throws Refusal {
      if (token.isEmpty()) {
        throw new Refusal(
            403, "changes are for the control socket; over TCP, set token_file in [control]");
      }
      byte[] wanted = ("Bearer " + token.get()).getBytes(StandardCharsets.UTF_8);
      byte[] sent = header("Authorization").getBytes(StandardCharsets.UTF_8);
      if (!MessageDigest.isEqual(wanted, sent)) {
        throw new Refusal(UNAUTHORIZED, "this needs the token: Authorization: Bearer TOKEN");
      }
      return exchange.getRemoteAddress().getAddress().getHostAddress() + " with the token";
    }

    @Override
    public OutputStream answer(int status, Media media, long length) throws IOException {
      Headers headers = exchange.getResponseHeaders();
      headers.set("Content-Type", media.type());
      headers.set("Cache-Control", "no-store");
      headers.set("Content-Security-Policy", media.policy());
      headers.set("Referrer-Policy", "no-referrer");
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("X-Frame-Options", "DENY");
      if (status == UNAUTHORIZED) {
        headers.set("WWW-Authenticate", "Bearer");
      }
      if (method().equals("HEAD")) {
        if (length > 0) {
          headers.set("Content-Length", Long.toString(length));
        }
        exchange.sendResponseHeaders(status, -1);
        return OutputStream.nullOutputStream();
      }
      exchange.sendResponseHeaders(status, length);
      return exchange.getResponseBody();
    }
  }
}
