package io.headrace.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.registry.TcpCheck.Answered;
import io.headrace.registry.TcpCheck.Failed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class TcpCheckTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final TcpCheck check = new TcpCheck(1);

  @Test
  void aListenerAnswers() throws Exception {
    try (ServerSocket listener = listen()) {
      assertEquals(new Answered(), check.check(address(listener), LONG));
    }
  }

  @Test
  void theConnectionIsClosedInOrder() throws Exception {
    try (ServerSocket listener = listen()) {
      check.check(address(listener), LONG);
      try (Socket accepted = listener.accept()) {
        assertEquals(-1, accepted.getInputStream().read(), "a reset would throw");
      }
    }
  }

  @Test
  void aClosedPortRefuses() throws Exception {
    InetSocketAddress closed;
    try (ServerSocket listener = listen()) {
      closed = address(listener);
    }
    assertEquals(new Failed("connection refused"), check.check(closed, LONG));
  }

  @Test
  void aPortThatDoesNotAnswerTimesOut() throws Exception {
    try (Blackhole blackhole = new Blackhole()) {
      assertEquals(
          new Failed("no answer within 100 ms"),
          check.check(blackhole.address(), Duration.ofMillis(100)));
    }
  }

  @Test
  void noMoreSocketsAreOpenThanAllowed() throws Exception {
    List<String> ended = new CopyOnWriteArrayList<>();
    try (Blackhole blackhole = new Blackhole();
        ServerSocket listener = listen()) {
      Thread slow = run("slow", blackhole.address(), Duration.ofHours(1), ended);
      while (check.free() > 0) {
        Thread.sleep(1);
      }
      Thread quick = run("quick", address(listener), LONG, ended);
      assertFalse(quick.join(Duration.ofMillis(300)), "it had to wait for a socket");
      slow.interrupt();
      assertTrue(quick.join(LONG));
      assertTrue(ended.contains("quick"));
    }
  }

  @Test
  void anInterruptEndsACheckAndGivesItsSocketBack() throws Exception {
    List<String> ended = new CopyOnWriteArrayList<>();
    try (Blackhole blackhole = new Blackhole()) {
      Thread slow = run("slow", blackhole.address(), Duration.ofHours(1), ended);
      while (check.free() > 0) {
        Thread.sleep(1);
      }
      slow.interrupt();
      assertTrue(slow.join(LONG));
      assertEquals(List.of("interrupted"), ended);
      assertEquals(1, check.free());
    }
  }

  private Thread run(String name, InetSocketAddress server, Duration timeout, List<String> ended) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                check.check(server, timeout);
                ended.add(name);
              } catch (InterruptedException e) {
                ended.add("interrupted");
              }
            });
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  private static InetSocketAddress address(ServerSocket listener) {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }
}
