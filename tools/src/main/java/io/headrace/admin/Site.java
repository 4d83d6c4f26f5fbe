package io.headrace.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * What a running balancer answers, by path: pages, which only read, and actions, which change it. A
 * request waits until it can be answered. Any thread.
 */
public final class Site {
  /** What there is to GET under one path. */
  public interface Resource {
    /**
     * The form of it that suits whoever asks best.
     *
     * @param types that he accepts: the header Accept; empty when he does not say
     */
    Page accepting(String types);
  }

  /** An answer to GET under one path. */
  public interface Page extends Resource {
    /** What is written. */
    Media media();

    @Override
    default Page accepting(String types) {
      return this;
    }

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

  /** What POST does under one path. */
  public interface Action {
    /**
     * Does it.
     *
     * @param query the parameters of the request
     * @param who asks, for the log
     * @return what was done, in one line or several
     * @throws Refusal when it is not done; the message says why
     */
    String run(Map<String, String> query, String who) throws Refusal;
  }

  /** A request that is not answered; the message says why. */
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

  private record Answers(Map<String, Resource> pages, Map<String, Action> actions) {}

  private volatile CompletableFuture<Answers> answers = new CompletableFuture<>();

  /**
   * Answers from now on, in place of what was answered before.
   *
   * @param pages by the paths of the requests
   * @param actions the same
   */
  public void serve(Map<String, ? extends Resource> pages, Map<String, Action> actions) {
    Answers next = new Answers(Map.copyOf(pages), Map.copyOf(actions));
    if (!answers.complete(next)) {
      answers = CompletableFuture.completedFuture(next);
    }
  }

  /** Answers nobody any more, those who wait included. */
  public void close() {
    answers.cancel(false);
  }

  /**
   * Answers a request. When this throws, the connection is to be cut, so that nobody takes half an
   * answer for a whole one.
   */
  void answer(Exchange exchange) throws IOException {
    Answers there = answers.join();
    String path = exchange.target().getPath();
    try {
      Resource page = there.pages().get(path);
      Action action = there.actions().get(path);
      if (page == null && action == null) {
        throw new Refusal(
            404,
            "no such page; there is " + String.join(", ", new TreeSet<>(there.pages().keySet())));
      }
      if (action != null) {
        require(exchange.method().equals("POST"), "POST");
        String who = exchange.authority();
        say(exchange, 200, action.run(query(exchange), who));
      } else {
        require(exchange.method().matches("GET|HEAD"), "GET and HEAD");
        Page answer = page.accepting(exchange.header("Accept"));
        Body body = new Body(exchange, answer.media());
        answer.write(query(exchange), body);
        body.end();
      }
    } catch (Refusal refusal) {
      say(exchange, refusal.status, refusal.getMessage());
    }
  }

  private static void require(boolean allowed, String methods) throws Refusal {
    if (!allowed) {
      throw new Refusal(405, "only " + methods);
    }
  }

  /** Answers with a line. */
  static void say(Exchange exchange, int status, String message) throws IOException {
    byte[] body = (message + "\n").getBytes(StandardCharsets.UTF_8);
    try (OutputStream out = exchange.answer(status, Media.TEXT, body.length)) {
      out.write(body);
    }
  }

  private static Map<String, String> query(Exchange exchange) throws Refusal {
    String text = exchange.target().getRawQuery();
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
}
