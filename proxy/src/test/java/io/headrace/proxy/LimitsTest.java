package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is let in, and how many. */
class LimitsTest {
  private static Bench bench(String frontend, String backend, String server, TestServer pool)
      throws IOException {
    return new Bench(
        Bench.toml(Bench.freePort(), frontend, backend, pool.address())
            + server
            + "\n[proxy]\nevent_loops = 2\n");
  }

  @Test
  void aFrontendTakesAsManyAsItMayAndTheNextWhenOneHasEnded() throws Exception {
    try (TestServer server = TestServer.echo();
        Bench bench = bench("max_connections = 2\nqueue_timeout = '30s'", "", "", server)) {
      assertOneAtATime(bench, server, 2);
    }
  }

  @Test
  void aServerGetsAsManyAsItMayAndTheNextWhenOneHasEnded() throws Exception {
    try (TestServer server = TestServer.echo();
        Bench bench = bench("", "queue_timeout = '30s'", "max_connections = 2", server)) {
      assertOneAtATime(bench, server, 2);
    }
  }

  private static void assertOneAtATime(Bench bench, TestServer server, int most)
      throws IOException {
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < most + 10; i++) {
      sockets.add(bench.connect());
    }
    Bench.await("all are accepted", () -> bench.counts().totalConnections() == most + 10);
    for (Socket socket : sockets) {
      socket.getOutputStream().write('x');
    }
    Bench.await("the first are served", () -> server.open() == most);
    // In the order of their coming, but for the loops' order among each other.
    while (!sockets.isEmpty()) {
      assertTrue(server.open() <= most, () -> server.open() + " at the server");
      Socket ready = anyReady(sockets);
      sockets.remove(ready);
      ready.close();
    }
    bench.awaitQuiet();
    assertEquals(most + 10, server.accepted());
  }

  private static Socket anyReady(List<Socket> sockets) throws IOException {
    Socket[] found = new Socket[1];
    Bench.await(
        "one is answered",
        () -> {
          for (Socket socket : sockets) {
            try {
              socket.setSoTimeout(1);
              if (socket.getInputStream().read() == 'x') {
                found[0] = socket;
                return true;
              }
            } catch (SocketTimeoutException e) {
              // Not this one yet.
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
          return false;
        });
    return found[0];
  }

  @Test
  void whoWaitsTooLongIsTurnedAwayAndWhoFindsNoRoomToo() throws Exception {
    try (TestServer server = TestServer.echo();
        Bench bench =
            bench("", "queue_size = 1\nqueue_timeout = '500ms'", "max_connections = 1", server);
        Socket first = bench.connect()) {
      first.getOutputStream().write('x');
      assertEquals('x', first.getInputStream().read());
      try (Socket waiting = bench.connect()) {
        Bench.await("it waits", () -> bench.counts().currentConnections() == 2);
        bench.assertReset();
        assertThrows(SocketException.class, () -> waiting.getInputStream().read());
      }
      assertEquals(1, bench.ends(Ended.QUEUE_FULL));
      assertEquals(1, bench.ends(Ended.QUEUE_TIMEOUT));
    }
  }

  @Test
  void whoWaitsIsServedByAServerThatComesUp() throws Exception {
    try (TestServer one = TestServer.echo();
        TestServer two = TestServer.echo();
        Bench bench =
            new Bench(
                Bench.toml(
                        Bench.freePort(), "", "queue_timeout = '30s'", one.address(), two.address())
                    .replace("[backends.pool.servers.s1]", "max_connections = 1\n$0")
                    .replace("$0", "[backends.pool.servers.s1]"))) {
      bench.health("s1", false);
      try (Socket first = bench.connect()) {
        first.getOutputStream().write('x');
        assertEquals('x', first.getInputStream().read());
        try (Socket waiting = bench.connect()) {
          waiting.getOutputStream().write('y');
          Bench.await("it waits", () -> bench.counts().currentConnections() == 2);
          bench.health("s1", true);
          assertEquals('y', waiting.getInputStream().read());
        }
      }
    }
  }

  @Test
  void whereNoServerIsLeftWhoWaitsGoesOnWaitingAndWhoComesIsRefused() throws Exception {
    try (TestServer server = TestServer.echo();
        Bench bench = bench("", "queue_timeout = '30s'", "max_connections = 1", server);
        Socket first = bench.connect()) {
      first.getOutputStream().write('x');
      assertEquals('x', first.getInputStream().read());
      try (Socket waiting = bench.connect()) {
        waiting.getOutputStream().write('y');
        Bench.await("it waits", () -> bench.counts().currentConnections() == 2);
        bench.health("s0", false);
        bench.assertReset();
        assertEquals(1, bench.ends(Ended.NO_SERVER));
        first.shutdownOutput();
        bench.health("s0", true);
        assertEquals('y', waiting.getInputStream().read());
      }
    }
  }

  @Test
  void whoWaitsForOneServerKeepsNobodyFromAnother() throws Exception {
    InetSocketAddress free = Bench.freeAddress();
    try (TestServer full = TestServer.echo();
        Bench bench =
            new Bench(
                Bench.toml(
                        Bench.freePort(),
                        "",
                        "retries = 1\nqueue_timeout = '30s'",
                        free,
                        full.address())
                    + "max_connections = 1\n[proxy]\nevent_loops = 1\n");
        Socket first = bench.connect()) {
      first.getOutputStream().write('x');
      assertEquals('x', first.getInputStream().read());
      long before = refused(bench);
      try (Socket waiting = bench.connect()) {
        Bench.await("one server refuses it, the other is full", () -> refused(bench) > before);
        try (TestServer other =
                new TestServer(free, socket -> socket.getOutputStream().write('z'));
            Socket next = bench.connect()) {
          assertEquals('z', next.getInputStream().read());
          assertEquals(1, other.accepted());
        }
        first.shutdownOutput();
        waiting.getOutputStream().write('y');
        assertEquals('y', waiting.getInputStream().read());
      }
    }
  }

  private static long refused(Bench bench) {
    return bench.proxy().servers().values().stream().mapToLong(ServerCounts::connectRefused).sum();
  }

  @Test
  void nothingIsBoundOnceItStops() throws Exception {
    int port = Bench.freePort();
    try (TestServer server = TestServer.echo();
        Bench bench = bench("", "", "", server)) {
      bench.proxy().drain(Duration.ZERO);
      String toml = Bench.toml(port, "", "", server.address());
      assertThrows(ProxyException.class, () -> bench.apply(toml));
      new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }
  }

  @Test
  void aSourceThatIsDeniedOrNotAllowedIsReset() throws Exception {
    try (TestServer server = TestServer.echo()) {
      for (String list :
          new String[] {
            "deny = ['127.0.0.0/8']",
            "allow = ['192.0.2.0/24', '2001:db8::/32']",
            "allow = ['127.0.0.1']\ndeny = ['127.0.0.1/32']"
          }) {
        try (Bench bench = bench(list, "", "", server)) {
          bench.assertReset();
          bench.awaitEnds(Ended.DENIED, 1);
        }
      }
      try (Bench bench = bench("allow = ['127.0.0.0/24']\ndeny = ['127.0.0.2']", "", "", server);
          Socket socket = bench.connect()) {
        socket.getOutputStream().write('x');
        assertEquals('x', socket.getInputStream().read());
      }
      assertEquals(1, server.accepted());
    }
  }

  @Test
  void aSourceThatIsTooFastIsReset() throws Exception {
    try (TestServer server = TestServer.saying("x");
        Bench bench = bench("connection_rate = 3", "", "", server)) {
      int refused = 0;
      for (int i = 0; i < 12; i++) {
        try (Socket socket = bench.connect()) {
          socket.getInputStream().read();
        } catch (SocketException e) {
          refused++;
        }
      }
      assertTrue(refused > 0, "none was refused");
      assertEquals(refused, bench.ends(Ended.RATE));
      Bench.await("the next second lets one in", () -> answers(bench));
    }
  }

  private static boolean answers(Bench bench) {
    try (Socket socket = bench.connect()) {
      return socket.getInputStream().read() == 'x';
    } catch (IOException e) {
      return false;
    }
  }
}
