package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a scheduler needs to know of the proxy reaches it. */
class SchedulingTest {
  @Test
  void leastConnectionsKeepsOpenConnectionsEven() throws Exception {
    try (TestServer a = TestServer.echo();
        TestServer b = TestServer.echo();
        Bench bench = bench("least_connections", a, b)) {
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        sockets.add(served(bench));
      }
      assertEquals(10, a.open());
      assertEquals(10, b.open());
      for (Socket socket : sockets) {
        socket.close();
      }
      bench.awaitQuiet();
    }
  }

  @Test
  void aSourceKeepsItsServerWhateverItsPort() throws Exception {
    try (TestServer a = TestServer.echo();
        TestServer b = TestServer.echo();
        Bench bench = bench("source", a, b)) {
      for (int i = 0; i < 20; i++) {
        served(bench).close();
      }
      assertEquals(20, Math.max(a.accepted(), b.accepted()));
      bench.awaitQuiet();
    }
  }

  @Test
  void roundRobinTakesTurns() throws Exception {
    try (TestServer a = TestServer.echo();
        TestServer b = TestServer.echo();
        Bench bench = bench("round_robin", a, b)) {
      for (int i = 1; i <= 10; i++) {
        served(bench).close();
        served(bench).close();
        assertEquals(i, a.accepted());
        assertEquals(i, b.accepted());
      }
      bench.awaitQuiet();
    }
  }

  /** A connection that a server has. */
  private static Socket served(Bench bench) throws Exception {
    Socket socket = bench.connect();
    socket.getOutputStream().write('x');
    assertEquals('x', socket.getInputStream().read());
    return socket;
  }

  private static Bench bench(String scheduler, TestServer a, TestServer b) throws Exception {
    return new Bench(
        Bench.toml(
            Bench.freePort(), "", "scheduler = '" + scheduler + "'", a.address(), b.address()));
  }
}
