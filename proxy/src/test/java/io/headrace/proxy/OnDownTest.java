package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.schedule.LiveFlows;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the connections of a server that goes down, and what the proxy says of it. */
class OnDownTest {
  @Test
  void theyStayUnlessTheFileSaysOtherwise() throws Exception {
    try (TestServer server = TestServer.echo();
        Bench bench = bench("", server.address());
        Socket socket = bench.connect()) {
      talk(socket);
      bench.health("s0", false);
      // Longer than a connection's fate takes where it is decided.
      Thread.sleep(1500);
      talk(socket);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reset", "move"})
  void theyAreResetIfTheFileSaysSo(String onDown) throws Exception {
    try (TestServer server = TestServer.echo();
        Bench bench = bench("on_down = '" + onDown + "'", server.address());
        Socket socket = bench.connect()) {
      talk(socket);
      bench.health("s0", false);
      assertThrows(SocketException.class, () -> socket.getInputStream().read());
      bench.awaitQuiet();
      assertEquals(1, bench.ends(Ended.SERVER_DOWN));
    }
  }

  @Test
  void aServerThatIsRemovedKeepsThem() throws Exception {
    try (TestServer server = TestServer.echo();
        TestServer other = TestServer.echo();
        Bench bench = bench("on_down = 'reset'", server.address());
        Socket socket = bench.connect()) {
      talk(socket);
      bench.apply(Bench.toml(bench.address().getPort(), "", "on_down = 'reset'", other.address()));
      Thread.sleep(1500);
      talk(socket);
    }
  }

  @Test
  void refusalsAndResetsInARowAreCountedUntilTheServerAnswers() throws Exception {
    InetSocketAddress address = Bench.freeAddress();
    try (Bench bench = bench("retries = 0", address)) {
      LiveFlows flows = bench.flows("s0");
      bench.assertReset();
      Bench.await("a refusal counts", () -> flows.takeFailures(1));
      try (TestServer _ = new TestServer(address, OnDownTest::reset)) {
        bench.assertReset();
        bench.awaitQuiet();
        assertTrue(flows.takeFailures(1), "a reset counts");
        bench.assertReset();
        bench.awaitQuiet();
      }
      try (TestServer _ = new TestServer(address, OnDownTest::echo);
          Socket socket = bench.connect()) {
        talk(socket);
        assertFalse(flows.takeFailures(1), "an answer makes up for it");
      }
      bench.awaitQuiet();
    }
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
  }

  private static void echo(Socket socket) throws IOException {
    socket.getInputStream().transferTo(socket.getOutputStream());
  }

  private static void talk(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertEquals('x', socket.getInputStream().read());
  }

  private static Bench bench(String backend, InetSocketAddress server) throws IOException {
    return new Bench(Bench.toml(Bench.freePort(), "", backend, server));
  }
}
