package io.headrace.proxying;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page in Chromium without a screen, which is told what to do by the <a
 * href="https://chromedevtools.github.io/devtools-protocol/">DevTools protocol</a>.
 */
final class Browser implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("DevTools listening on ws://([^/]+)/");
  private static final Pattern PAGE = Pattern.compile("\"webSocketDebuggerUrl\": \"([^\"]+)\"");
  private static final JsonFactory JSON = new JsonFactory();

  private final LocalProgram program;
  private final HttpClient client = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final AtomicInteger asked = new AtomicInteger();
  private final Map<Integer, CompletableFuture<String>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());

  Browser(Path directory) throws Exception {
    program =
        new LocalProgram(
            directory,
            List.of(
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + directory.resolve("chromium"),
                "about:blank"));
    program.awaitOutput("DevTools listening on ");
    Matcher listening = LISTENING.matcher(program.output());
    listening.find();
    URI open = URI.create("http://" + listening.group(1) + "/json/new?about:blank");
    Matcher page =
        PAGE.matcher(
            client
                .send(
                    HttpRequest.newBuilder(open).method("PUT", noBody()).build(),
                    BodyHandlers.ofString())
                .body());
    page.find();
    socket =
        client.newWebSocketBuilder().buildAsync(URI.create(page.group(1)), new Answers()).join();
    ask("Page.enable", "");
    ask("Runtime.enable", "");
    ask("Log.enable", "");
  }

  private static HttpRequest.BodyPublisher noBody() {
    return HttpRequest.BodyPublishers.noBody();
  }

  private final class Answers implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        take(text.toString());
        text.setLength(0);
      }
      webSocket.request(1);
      return null;
    }

    private void take(String message) {
      Matcher id = Pattern.compile("^\\{\"id\":(\\d+)").matcher(message);
      if (id.find()) {
        answers.remove(Integer.valueOf(id.group(1))).complete(message);
      } else if (message.contains("\"level\":\"error\"")
          || message.contains("Runtime.exceptionThrown")) {
        complaints.add(message);
      }
    }
  }

  /**
   * @param parameters of the method in JSON, without the braces
   */
  private String ask(String method, String parameters) throws Exception {
    int id = asked.incrementAndGet();
    CompletableFuture<String> answer = new CompletableFuture<>();
    answers.put(id, answer);
    socket
        .sendText(
            "{\"id\":%d,\"method\":\"%s\",\"params\":{%s}}".formatted(id, method, parameters), true)
        .join();
    return answer.get(60, TimeUnit.SECONDS);
  }

  private static String quoted(String text) throws IOException {
    StringWriter quoted = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(quoted)) {
      json.writeString(text);
    }
    return quoted.toString();
  }

  void open(String url) throws Exception {
    ask("Page.navigate", "\"url\":" + quoted(url));
  }

  /** What an expression of JavaScript is, as a text. */
  String evaluate(String expression) throws Exception {
    String answer =
        ask("Runtime.evaluate", "\"expression\":" + quoted("String(" + expression + ")"));
    try (JsonParser json = JSON.createParser(answer)) {
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.FIELD_NAME && json.currentName().equals("value")) {
          return json.nextTextValue();
        }
      }
    }
    throw new AssertionError(expression + ": " + answer);
  }

  /** Waits until an expression of JavaScript is true. */
  void await(String expression) {
    LocalProgram.await(
        expression,
        () -> {
          try {
            return evaluate(expression).equals("true");
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        },
        () -> complaints.toString());
  }

  /** Presses a key that is no letter. */
  void press(String key, int code) throws Exception {
    String text = key.equals("Enter") ? ",\"text\":\"\\r\"" : "";
    for (String type : List.of("keyDown", "keyUp")) {
      ask(
          "Input.dispatchKeyEvent",
          "\"type\":\"%s\",\"key\":\"%s\",\"code\":\"%2$s\",\"windowsVirtualKeyCode\":%d%s"
              .formatted(type, key, code, type.equals("keyDown") ? text : ""));
    }
  }

  /** Types a text to where the focus is. */
  void type(String text) throws Exception {
    ask("Input.insertText", "\"text\":" + quoted(text));
  }

  void show(int width, int height, String scheme) throws Exception {
    ask(
        "Emulation.setDeviceMetricsOverride",
        "\"width\":%d,\"height\":%d,\"deviceScaleFactor\":1,\"mobile\":false"
            .formatted(width, height));
    ask(
        "Emulation.setEmulatedMedia",
        "\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"" + scheme + "\"}]");
  }

  /** The whole page as a picture. */
  void picture(Path file) throws Exception {
    String answer = ask("Page.captureScreenshot", "\"captureBeyondViewport\":true");
    Matcher data = Pattern.compile("\"data\":\"([^\"]+)\"").matcher(answer);
    data.find();
    Files.write(file, Base64.getDecoder().decode(data.group(1)));
  }

  /** What went wrong in the page. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  @Override
  public void close() {
    socket.abort();
    client.close();
    program.close();
  }
}
