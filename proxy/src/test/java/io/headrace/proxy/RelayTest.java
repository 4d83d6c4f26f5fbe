package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection through the proxy is as one without it. */
class RelayTest {
  private static Bench bench(String io, String frontend, String backend, TestServer... servers)
      throws IOException {
    InetSocketAddress[] addresses = new InetSocketAddress[servers.length];
    for (int i = 0; i < servers.length; i++) {
      addresses[i] = servers[i].address();
    }
    return new Bench(
        Bench.toml(Bench.freePort(), frontend, backend, addresses)
            + "[proxy]\nio = '"
            + io
            + "'\nevent_loops = 2\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void whatGoesInComesBackAndTheEndOfEachDirectionIsPassedOn(String io) throws Exception {
    byte[] data = new byte[3_000_000];
    new Random(1).nextBytes(data);
    try (TestServer server = TestServer.echo();
        Bench bench = bench(io, "", "", server)) {
      try (Socket client = bench.connect()) {
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    client.getOutputStream().write(data);
                    client.shutdownOutput();
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
        assertArrayEquals(data, client.getInputStream().readAllBytes());
      }
      bench.awaitEnds(Ended.DONE, 1);
      assertEquals(data.length, bench.counts().bytesFromClients());
      assertEquals(data.length, bench.counts().bytesFromServers());
      assertEquals(1, bench.counts().connectTime().count());
      assertEquals(1, bench.counts().firstByteTime().count());
      assertTrue(bench.counts().toServerTime().count() > 1);
      assertTrue(bench.counts().toClientTime().count() > 1);
      assertEquals(1, bench.counts().connectionTime().count());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aFrontendOnIpv6CarriesToAServerOnIpv4(String io) throws Exception {
    byte[] data = new byte[3_000_000];
    new Random(2).nextBytes(data);
    try (TestServer server = TestServer.echo();
        Bench bench =
            new Bench(onIpv6(Bench.toml(Bench.freePort(), "", "", server.address()), io));
        Socket client = bench.connect()) {
      assertTrue(client.getInetAddress() instanceof Inet6Address);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  client.getOutputStream().write(data);
                  client.shutdownOutput();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      assertArrayEquals(data, client.getInputStream().readAllBytes());
    }
  }

  private static String onIpv6(String toml, String io) {
    return toml.replace("listen_addr = '127.0.0.1:", "listen_addr = '[::1]:")
        + "[proxy]\nio = '"
        + io
        + "'\n";
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aServerThatEndsFirstStillHearsTheClient(String io) throws Exception {
    CompletableFuture<byte[]> heard = new CompletableFuture<>();
    try (TestServer server =
            new TestServer(
                socket -> {
                  socket.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
                  socket.shutdownOutput();
                  heard.complete(socket.getInputStream().readAllBytes());
                });
        Bench bench = bench(io, "", "", server)) {
      try (Socket client = bench.connect()) {
        assertEquals(
            "hello", new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        byte[] data = new byte[500_000];
        new Random(2).nextBytes(data);
        client.getOutputStream().write(data);
        client.shutdownOutput();
        assertArrayEquals(data, heard.get(30, TimeUnit.SECONDS));
      }
      bench.awaitEnds(Ended.DONE, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aResetOfTheClientReachesTheServer(String io) throws Exception {
    CompletableFuture<IOException> seen = new CompletableFuture<>();
    try (TestServer server =
            new TestServer(
                socket -> {
                  socket.getOutputStream().write(1);
                  try {
                    socket.getInputStream().readAllBytes();
                  } catch (IOException e) {
                    seen.complete(e);
                  }
                });
        Bench bench = bench(io, "", "", server)) {
      Socket client = bench.connect();
      assertEquals(1, client.getInputStream().read());
      client.setSoLinger(true, 0);
      client.close();
      assertEquals("Connection reset", seen.get(30, TimeUnit.SECONDS).getMessage());
      bench.awaitEnds(Ended.CLIENT_RESET, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aResetOfTheServerReachesTheClientBehindItsData(String io) throws Exception {
    try (TestServer server =
            new TestServer(
                socket -> {
                  assertEquals('?', socket.getInputStream().read());
                  socket.getOutputStream().write("no".getBytes(StandardCharsets.UTF_8));
                  socket.setSoLinger(true, 0);
                });
        Bench bench = bench(io, "", "", server);
        Socket client = bench.connect()) {
      client.getOutputStream().write('?');
      InputStream in = client.getInputStream();
      assertEquals('n', in.read());
      assertEquals('o', in.read());
      SocketException reset = assertThrows(SocketException.class, in::read);
      assertEquals("Connection reset", reset.getMessage());
      bench.awaitEnds(Ended.SERVER_RESET, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aServerThatAnswersAndClosesWithoutReadingIsHeardOut(String io) throws Exception {
    // Its close resets the connection, as there is data that it did not read.
    byte[] answer = new byte[20_000];
    new Random(3).nextBytes(answer);
    CountDownLatch sent = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(
                socket -> {
                  socket.getInputStream().readNBytes(1000);
                  socket.getOutputStream().write(answer);
                  sent.await();
                });
        Bench bench = bench(io, "", "", server);
        Socket client = bench.connect()) {
      client.getOutputStream().write(new byte[5_000]);
      byte[] got = client.getInputStream().readNBytes(answer.length);
      sent.countDown();
      assertArrayEquals(answer, got);
      assertThrows(
          SocketException.class,
          () -> {
            while (true) {
              client.getOutputStream().write(1);
              Thread.sleep(1);
            }
          });
      bench.awaitEnds(Ended.SERVER_RESET, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void anIdleConnectionIsClosedAndABusyOneIsNot(String io) throws Exception {
    try (TestServer server = TestServer.echo();
        Bench bench = bench(io, "idle_timeout = '1s'", "", server);
        Socket idle = bench.connect();
        Socket busy = bench.connect()) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
      while (System.nanoTime() < end) {
        busy.getOutputStream().write('x');
        assertEquals('x', busy.getInputStream().read());
        Thread.sleep(50);
      }
      assertThrows(SocketException.class, () -> idle.getInputStream().read());
      assertEquals(1, bench.ends(Ended.IDLE));
      assertEquals(1, bench.counts().currentConnections());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aServerThatRefusesIsReplacedBeforeTheClientNotices(String io) throws Exception {
    try (SocketChannel refusing = refusing();
        TestServer server = TestServer.saying("two");
        Bench bench =
            new Bench(
                Bench.toml(Bench.freePort(), "", "", address(refusing), server.address())
                    + "[proxy]\nio = '"
                    + io
                    + "'\n")) {
      for (int i = 0; i < 20; i++) {
        assertEquals("two", ask(bench));
      }
      assertTrue(bench.counts().retries() > 0);
      assertEquals(
          bench.counts().retries(),
          bench.proxy().servers().values().stream().mapToLong(ServerCounts::connectRefused).sum());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aServerThatDoesNotAnswerIsReplacedAfterTheTimeout(String io) throws Exception {
    try (Blackhole silent = new Blackhole();
        TestServer server = TestServer.saying("two");
        Bench bench =
            new Bench(
                Bench.toml(
                        Bench.freePort(),
                        "",
                        "connect_timeout = '300ms'",
                        silent.address(),
                        server.address())
                    + "[proxy]\nio = '"
                    + io
                    + "'\n")) {
      for (int i = 0; i < 6; i++) {
        assertEquals("two", ask(bench));
      }
      Bench.await(
          "a time-out is counted",
          () ->
              bench.counts().retries()
                  == bench.proxy().servers().values().stream()
                      .mapToLong(ServerCounts::connectTimedOut)
                      .sum());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void whereNoServerTakesItTheClientIsReset(String io) throws Exception {
    try (SocketChannel refusing = refusing();
        Bench bench =
            new Bench(
                Bench.toml(Bench.freePort(), "", "", address(refusing))
                    + "[proxy]\nio = '"
                    + io
                    + "'\n")) {
      bench.assertReset();
      bench.awaitEnds(Ended.CONNECT_FAILED, 1);
      bench.health("s0", false);
      bench.assertReset();
      bench.awaitEnds(Ended.NO_SERVER, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aChangeIsInForceForNewConnectionsAndLeavesOldOnesAlone(String io) throws Exception {
    int port = Bench.freePort();
    int second = Bench.freePort();
    String settings = "[proxy]\nio = '" + io + "'\n";
    try (TestServer one = TestServer.echo();
        TestServer two = TestServer.saying("two");
        Bench bench = new Bench(Bench.toml(port, "", "", one.address()) + settings);
        Socket old = bench.connect()) {
      old.getOutputStream().write('a');
      assertEquals('a', old.getInputStream().read());
      bench.apply(Bench.toml(second, "", "", two.address()) + settings);
      assertEquals("two", ask(bench));
      Bench.await("nobody listens on the old port", () -> refuses(port));
      old.getOutputStream().write('b');
      assertEquals('b', old.getInputStream().read());
      bench.apply(Bench.toml(port, "", "", two.address()) + settings);
      assertEquals("two", ask(bench));
    }
  }

  /** A port that is taken, and on which nobody listens. */
  private static SocketChannel refusing() throws IOException {
    return SocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private static InetSocketAddress address(SocketChannel channel) throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  private static boolean refuses(int port) {
    try {
      Bench.connect(new InetSocketAddress("127.0.0.1", port)).close();
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aFrontendMayMoveToEveryAddressAndBack(String io) throws Exception {
    try (TestServer server = TestServer.saying("x");
        Bench bench = bench(io, "", "", server)) {
      String one =
          Bench.toml(bench.address().getPort(), "", "", server.address())
              + "[proxy]\nevent_loops = 2\nio = '"
              + io
              + "'\n";
      for (String toml : List.of(one.replaceFirst("127.0.0.1", "0.0.0.0"), one)) {
        bench.apply(toml);
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", bench.address().getPort());
        // Whoever waits in the socket that is about to be closed is reset.
        Bench.await("it answers", () -> says(address, 'x'));
      }
    }
  }

  private static boolean says(InetSocketAddress address, int expected) {
    try (Socket client = Bench.connect(address)) {
      return client.getInputStream().read() == expected;
    } catch (IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void connectionsAreSpreadByWeight(String io) throws Exception {
    try (TestServer one = TestServer.saying("1");
        TestServer three = TestServer.saying("3");
        Bench bench =
            new Bench(
                Bench.toml(Bench.freePort(), "", "", one.address(), three.address())
                    + "weight = 3\n[proxy]\nio = '"
                    + io
                    + "'\n")) {
      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        answers.add(ask(bench));
      }
      long ones = answers.stream().filter("1"::equals).count();
      assertTrue(ones > 50 && ones < 150, () -> ones + " of 400 for a quarter");
    }
  }

  private static String ask(Bench bench) throws IOException {
    try (Socket client = bench.connect()) {
      return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
