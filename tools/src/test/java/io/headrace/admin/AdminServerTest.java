package io.headrace.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.admin.Site.Page;
import io.headrace.admin.Site.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminServerTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final Site site = new Site();

  private interface Answer {
    void write(Map<String, String> query, OutputStream out) throws IOException;
  }

  @Test
  void anAddressIsTakenBeforeItIsServed() throws IOException {
    try (AdminServer server = new AdminServer(ANY_PORT, site, Optional.empty())) {
      assertThrows(
          BindException.class, () -> new AdminServer(server.address(), site, Optional.empty()));
      serve((_, out) -> text("{}", out));
      assertEquals("{}", read(ask(server, "/page")));
    }
  }

  @Test
  void anAddressThatWasNeverServedIsGivenBackAndAClosedServerMayBeClosedAgain() throws IOException {
    AdminServer first = new AdminServer(ANY_PORT, site, Optional.empty());
    InetSocketAddress address = first.address();
    first.close();
    AdminServer second = new AdminServer(address, site, Optional.empty());
    serve((_, _) -> {});
    second.close();
    second.close();
    new AdminServer(address, site, Optional.empty()).close();
  }

  @Test
  void aShortAnswerHasItsLengthAndALongOneComesWhole() throws IOException {
    try (AdminServer server = new AdminServer(ANY_PORT, site, Optional.empty())) {
      serve(
          (query, out) -> {
            for (int i = 0; i < Integer.parseInt(query.get("lines")); i++) {
              text("a line of the answer, which is one of many\n", out);
            }
          });
      HttpURLConnection brief = ask(server, "/page?lines=2");
      assertEquals("86", brief.getHeaderField("Content-Length"));
      assertEquals(86, read(brief).length());
      assertEquals(0, read(ask(server, "/page?lines=0")).length());
      HttpURLConnection full = ask(server, "/page?lines=100000");
      assertEquals("chunked", full.getHeaderField("Transfer-Encoding"));
      assertEquals(4_300_000, read(full).length());
    }
  }

  @Test
  void whatIsNotAnsweredIsRefusedInALine() throws IOException {
    try (AdminServer server = new AdminServer(ANY_PORT, site, Optional.empty())) {
      serve(
          (query, _) -> {
            throw new Refusal(400, "no " + query.get("what"));
          });
      assertRefused(400, "no way & means\n", ask(server, "/page?x&what=way+%26+means"));
      assertRefused(404, "no such page; there is /page\n", ask(server, "/other"));
      HttpURLConnection post = ask(server, "/page");
      post.setRequestMethod("POST");
      assertRefused(405, "only GET and HEAD\n", post);
    }
  }

  @Test
  void whoAsksForTheHeadGetsItAsForTheWholeAndNoBody() throws IOException {
    try (AdminServer server = new AdminServer(ANY_PORT, site, Optional.empty())) {
      serve(
          (query, out) -> {
            if (query.containsKey("refused")) {
              throw new Refusal(503, "not now");
            }
            text("{}", out);
          });
      HttpURLConnection head = ask(server, "/page");
      head.setRequestMethod("HEAD");
      assertEquals("2", head.getHeaderField("Content-Length"));
      assertEquals("", read(head));
      HttpURLConnection refused = ask(server, "/page?refused");
      refused.setRequestMethod("HEAD");
      assertEquals(503, refused.getResponseCode());
    }
  }

  @Test
  void aBrowserMayDoNothingWithAnAnswer() throws IOException {
    try (AdminServer server = new AdminServer(ANY_PORT, site, Optional.empty())) {
      serve((_, out) -> text("{}", out));
      for (String page : List.of("/page", "/other")) {
        HttpURLConnection answer = ask(server, page);
        assertEquals("nosniff", answer.getHeaderField("X-Content-Type-Options"));
        assertEquals("no-store", answer.getHeaderField("Cache-Control"));
        String policy = answer.getHeaderField("Content-Security-Policy");
        assertTrue(policy.startsWith("default-src 'none';"), policy);
        assertTrue(policy.endsWith("; frame-ancestors 'none'"), policy);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:7000", "[::1]:7000", "localhost", "Stats.localhost:7000", ""})
  void aPortOfTheLoopbackIsAskedByItsOwnNames(String host) throws IOException {
    try (AdminServer server = new AdminServer(ANY_PORT, site, Optional.empty())) {
      serve((_, out) -> text("{}", out));
      String answer = raw(server, "GET /page HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example:7000", "127.0.0.1.evil.example", "notlocalhost", "a:b:1"})
  void anotherNameForTheLoopbackIsAPageOfSomebodyElses(String host) throws IOException {
    try (AdminServer server = new AdminServer(ANY_PORT, site, Optional.empty())) {
      serve((_, out) -> text("{}", out));
      String answer = raw(server, "GET /page HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      assertTrue(answer.startsWith("HTTP/1.1 403 "), answer);
      assertTrue(answer.endsWith("as localhost\n"), answer);
    }
  }

  @Test
  void aRequestThatIsNoneIsRefusedOrCutOffAndSaysNothingBack() throws IOException {
    try (AdminServer server = new AdminServer(ANY_PORT, site, Optional.empty())) {
      serve((_, out) -> text("secret", out));
      for (String request :
          List.of(
              "<script>\r\n\r\n",
              "GET\r\n\r\n",
              "GET <script>[ HTTP/1.1\r\n\r\n",
              "GET /page HTTP/1.1\r\n<script>: 1\r\n\r\n",
              "GET /page HTTP/1.1\r\n : 1\r\n\r\n",
              "POST /page HTTP/1.1\r\nContent-Length: <script>\r\n\r\n",
              "POST /page HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
              "POST /page HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 5\r\n\r\nhello",
              "POST /page HTTP/1.1\r\nTransfer-Encoding: <script>\r\n\r\n",
              // What one program takes for a body, and another for a request.
              "POST /page HTTP/1.1\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n"
                  + "0\r\n\r\nGET /page HTTP/1.1\r\n\r\n",
              "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\r\n\r\n")) {
        String answer = raw(server, request);
        assertTrue(answer.isEmpty() || answer.matches("(?s)HTTP/1.1 [45].*"), answer);
        assertFalse(answer.contains("script"), answer);
        assertFalse(answer.contains("secret"), answer);
      }
      assertEquals("secret", read(ask(server, "/page")));
    }
  }

  /** What comes back for these bytes, until the end or for a while. */
  private static String raw(AdminServer server, String request) throws IOException {
    try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void halfAnAnswerIsNotTakenForAWholeOne() throws IOException {
    try (AdminServer server = new AdminServer(ANY_PORT, site, Optional.empty())) {
      serve(
          (_, out) -> {
            out.write(new byte[200_000]);
            throw new IOException("the rest is not to be had");
          });
      HttpURLConnection answer = ask(server, "/page");
      assertThrows(IOException.class, () -> read(answer));
    }
  }

  @Test
  @Timeout(120)
  void aCloseEndsAnAnswerThatGoesOn() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    AdminServer server = new AdminServer(ANY_PORT, site, Optional.empty());
    serve(
        (_, _) -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            ended.countDown();
            throw new InterruptedIOException();
          }
        });
    HttpURLConnection answer = ask(server, "/page");
    Thread client =
        Thread.startVirtualThread(() -> assertThrows(IOException.class, () -> read(answer)));
    begun.await();
    server.close();
    ended.await();
    client.join();
  }

  private void serve(Answer answer) {
    site.serve(
        Map.of(
            "/page",
            new Page() {
              @Override
              public Media media() {
                return Media.TEXT;
              }

              @Override
              public void write(Map<String, String> query, OutputStream out) throws IOException {
                answer.write(query, out);
              }
            }),
        Map.of());
  }

  private static void text(String text, OutputStream out) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static HttpURLConnection ask(AdminServer server, String page) throws IOException {
    URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + page);
    return (HttpURLConnection) uri.toURL().openConnection();
  }

  private static String read(HttpURLConnection connection) throws IOException {
    try (InputStream answer = connection.getInputStream()) {
      return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void assertRefused(int status, String message, HttpURLConnection answer)
      throws IOException {
    assertEquals(status, answer.getResponseCode());
    try (InputStream body = answer.getErrorStream()) {
      assertEquals(message, new String(body.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
