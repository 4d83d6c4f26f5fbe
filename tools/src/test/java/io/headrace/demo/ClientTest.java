package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The clients of the demo on the loopback: they must see what is wrong. */
@Timeout(60)
class ClientTest {
  private static final ThreadFactory HERE = Thread.ofPlatform().daemon().factory();

  private HttpServer server;
  private volatile Supplier<byte[]> body = () -> text("server1\n");

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    server.createContext(
        "/",
        exchange -> {
          byte[] answer = body.get();
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.setExecutor(task -> Thread.startVirtualThread(task));
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void rightAnswersAreCountedByServer() throws Exception {
    Tally tally = load();
    assertEquals(0, tally.failures().size(), () -> tally.failures().toString());
    assertTrue(tally.answeredBy("server1") > 0);
    assertEquals(tally.answered(), tally.answeredBy("server1"));
    assertEquals(tally.answered(), tally.summary().requests());
  }

  @Test
  void theFirstRequestOfAConnectionThatIsKeptIsCountedButNotTimed() throws Exception {
    Tally kept = new Tally();
    Tally fresh = new Tally();
    // One request a minute of each client: none makes a second one here.
    try (Load load = new Load(HERE, address(), Set.of("server1"), 60, 1, kept, fresh)) {
      while (kept.answered() == 0 || fresh.answered() == 0) {
        assertEquals(0, load.errors());
        Thread.sleep(5);
      }
      assertEquals(0, kept.summary().maxNs());
      assertTrue(fresh.summary().maxNs() > 0);
    }
  }

  @Test
  void anAbortDoesNotWaitForAnswers() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    body =
        () -> {
          asked.countDown();
          await(over);
          return text("server1\n");
        };
    Tally tally = new Tally();
    Load load = new Load(HERE, address(), Set.of("server1"), 2, 100, tally, tally);
    try {
      asked.await();
      load.stop();
      assertTrue(load.isRunning(), "nobody has answered");
      load.close();
      assertFalse(load.isRunning());
      assertEquals(0, load.requests());
    } finally {
      over.countDown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aWrongBodyIsAnError() throws Exception {
    body = () -> text("server1\nand more");
    Tally tally = load();
    assertEquals(0, tally.answered());
    assertEquals(Set.of(Fault.WRONG), tally.summary().errors().keySet());
  }

  @Test
  void aConnectionThatMovesToAnotherServerIsAnError() throws Exception {
    body = () -> text("server" + ThreadLocalRandom.current().nextInt(1, 3) + "\n");
    Tally tally = new Tally();
    try (Load load =
        new Load(HERE, address(), Set.of("server1", "server2"), 1, 50, tally, none())) {
      while (load.errors() == 0) {
        Thread.sleep(5);
      }
    }
    assertEquals(Set.of(Fault.WRONG), tally.summary().errors().keySet());
  }

  @Test
  void aClosedPortIsRefused() throws Exception {
    server.stop(0);
    assertEquals(Set.of(Fault.REFUSED), load().summary().errors().keySet());
  }

  @Test
  void anAnswerThatEndsEarlyIsAnError() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.startVirtualThread(
          () -> {
            try (Socket client = socket.accept()) {
              client.getInputStream().read(new byte[1000]);
              client
                  .getOutputStream()
                  .write(text("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\0\0"));
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
      Download download =
          new Download(
              HERE, (InetSocketAddress) socket.getLocalSocketAddress(), new byte[1000], 1_000_000);
      assertEquals("ended after 2 of 1,000 bytes: the connection ended", download.await());
    }
  }

  @Test
  void aDownloadIsComparedByteByByte() throws Exception {
    byte[] expected = new byte[100_000];
    body = expected::clone;
    Download right = new Download(HERE, address(), expected, 10_000_000);
    assertEquals("", right.await());
    assertEquals(expected.length, right.received());
    assertFalse(right.isRunning());

    body =
        () -> {
          byte[] damaged = expected.clone();
          damaged[77_777] = 1;
          return damaged;
        };
    String failure = new Download(HERE, address(), expected, 10_000_000).await();
    assertTrue(failure.startsWith("wrong after "), failure);
    assertTrue(failure.endsWith("the body differs"), failure);
  }

  private Tally load() throws InterruptedException {
    Tally tally = new Tally();
    try (Load load = new Load(HERE, address(), Set.of("server1"), 2, 100, tally, tally)) {
      awaitRequests(load);
    }
    return tally;
  }

  private static void awaitRequests(Load load) throws InterruptedException {
    while (load.requests() < 10) {
      Thread.sleep(5);
    }
  }

  private static Tally none() {
    return new Tally();
  }

  private InetSocketAddress address() {
    return server.getAddress();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
