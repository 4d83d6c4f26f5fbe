package io.headrace.cli;

import io.headrace.config.Address;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Asks a running balancer by HTTP, on its control socket or at the address of its statistics. */
final class AdminClient {
  private static final int CONNECT_MS = 5_000;

  /** A balancer answers when it forwards; before that it reads its flow file. */
  private static final int ANSWER_MS = 60_000;

  private static final int BUFFER = 1 << 16;

  private AdminClient() {}

  /**
   * The answer to GET on a control socket; empty when nobody listens there.
   *
   * @throws FlowAnswers.WrongFilterException when the query makes no sense to the balancer
   * @throws CommandFailure when it refuses
   */
  static Optional<InputStream> get(Path socket, String path, Map<String, String> query)
      throws IOException {
    return ask(socket, "GET", path, query);
  }

  /**
   * Has a balancer do something.
   *
   * @return what it has done, in its words; empty when nobody listens there
   * @throws FlowAnswers.WrongFilterException when the query makes no sense to the balancer
   * @throws CommandFailure when it refuses
   */
  static Optional<String> post(Path socket, String path, Map<String, String> query)
      throws IOException {
    Optional<InputStream> answer = ask(socket, "POST", path, query);
    return answer.isEmpty() ? Optional.empty() : Optional.of(text(answer.get()));
  }

  private static Optional<InputStream> ask(
      Path socket, String method, String path, Map<String, String> query) throws IOException {
    Optional<UnixRequest.Reply> reply = UnixRequest.send(socket, method, path + encode(query));
    if (reply.isPresent() && reply.get().status() != HttpURLConnection.HTTP_OK) {
      String why = text(reply.get().body());
      if (reply.get().status() == HttpURLConnection.HTTP_BAD_REQUEST) {
        throw new FlowAnswers.WrongFilterException(why);
      }
      throw new CommandFailure(why);
    }
    return reply.map(UnixRequest.Reply::body);
  }

  /**
   * The answer to GET; empty when nobody listens there.
   *
   * @throws FlowAnswers.WrongFilterException when the query makes no sense to the balancer
   * @throws CommandFailure when it does not answer as a balancer does
   */
  static Optional<InputStream> get(InetSocketAddress at, String path, Map<String, String> query)
      throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://" + Address.format(at) + path + encode(query))
                .toURL()
                .openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout(CONNECT_MS);
    connection.setReadTimeout(ANSWER_MS);
    try {
      connection.connect();
    } catch (IOException nobody) {
      return Optional.empty();
    }
    try {
      int status = connection.getResponseCode();
      if (status == HttpURLConnection.HTTP_OK && isJson(connection.getContentType())) {
        return Optional.of(connection.getInputStream());
      }
      String why = text(connection.getErrorStream());
      if (status == HttpURLConnection.HTTP_BAD_REQUEST) {
        throw new FlowAnswers.WrongFilterException(why);
      }
      throw new CommandFailure(
          status == HttpURLConnection.HTTP_UNAVAILABLE
              ? "the balancer does not answer: " + why
              : "what listens on %s ([stats] here) is no balancer of this version: it answers %d"
                  .formatted(Address.format(at), status));
    } catch (IOException e) {
      throw new CommandFailure(
          "what listens on %s ([stats] here) does not answer: %s"
              .formatted(Address.format(at), e.getMessage()));
    }
  }

  /** A program of another kind may answer whatever it is asked. */
  private static boolean isJson(String type) {
    return type != null && type.startsWith("application/") && type.endsWith("json");
  }

  private static String encode(Map<String, String> query) {
    return query.isEmpty()
        ? ""
        : query.entrySet().stream()
            .map(
                each ->
                    each.getKey()
                        + "="
                        + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&", "?", ""));
  }

  private static String text(InputStream answer) throws IOException {
    if (answer == null) {
      return "";
    }
    try (answer) {
      return new String(answer.readNBytes(BUFFER), StandardCharsets.UTF_8).strip();
    }
  }

  /**
   * Copies an answer as it comes.
   *
   * @throws CommandFailure when it ends before it is whole
   */
  static void copy(InputStream answer, OutputStream out) throws IOException {
    byte[] buffer = new byte[BUFFER];
    int length;
    while ((length = read(answer, buffer)) >= 0) {
      out.write(buffer, 0, length);
    }
  }

  private static int read(InputStream answer, byte[] buffer) {
    try {
      return answer.read(buffer);
    } catch (IOException e) {
      throw new CommandFailure("the balancer's answer is cut short: " + e.getMessage());
    }
  }
}
