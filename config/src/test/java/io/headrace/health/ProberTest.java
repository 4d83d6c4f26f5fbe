package io.headrace.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.ProbeConfig;
import io.headrace.health.Outcome.Failed;
import io.headrace.health.Outcome.Passed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class ProberTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final Prober prober = new Prober(1);

  @Test
  void aListenerAnswers() throws Exception {
    try (ServerSocket listener = listen()) {
      assertEquals(new Passed(), check(address(listener), LONG));
    }
  }

  @Test
  void theConnectionIsClosedInOrder() throws Exception {
    try (ServerSocket listener = listen()) {
      check(address(listener), LONG);
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
    assertEquals(new Failed("connection refused"), check(closed, LONG));
  }

  @Test
  void aPortThatDoesNotAnswerTimesOut() throws Exception {
    try (Blackhole blackhole = new Blackhole()) {
      assertEquals(
          new Failed("no answer within 100 ms"),
          check(blackhole.address(), Duration.ofMillis(100)));
    }
  }

  @Test
  void noMoreSocketsAreOpenThanAllowed() throws Exception {
    List<String> ended = new CopyOnWriteArrayList<>();
    try (Blackhole blackhole = new Blackhole();
        ServerSocket listener = listen()) {
      Thread slow = run("slow", blackhole.address(), Duration.ofHours(1), ended);
      while (prober.free() > 0) {
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
      while (prober.free() > 0) {
        Thread.sleep(1);
      }
      slow.interrupt();
      assertTrue(slow.join(LONG));
      assertEquals(List.of("interrupted"), ended);
      assertEquals(1, prober.free());
    }
  }

  private Outcome check(InetSocketAddress at, Duration timeout) throws InterruptedException {
    Check connect = new TcpCheck(new ProbeConfig.Tcp(Optional.empty(), Optional.empty()));
    return prober.probe(connect, Servers.ANY, Place.at(at), timeout);
  }

  private Thread run(String name, InetSocketAddress server, Duration timeout, List<String> ended) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                check(server, timeout);
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
