package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.counters.TimesView;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that reads slowly gets all in the end, and what waits for it takes little memory. */
class SlowReaderTest {
  private static final int SMALL_WINDOW = 4 << 10;
  private static final int CHUNK = 16 << 10;
  private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(300);

  private static Bench bench(String io, TestServer server) throws IOException {
    return new Bench(
        Bench.toml(Bench.freePort(), "", "", server.address())
            + "[proxy]\nevent_loops = 1\nio = '"
            + io
            + "'\n");
  }

  private static Socket connect(Bench bench) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(SMALL_WINDOW);
    InetSocketAddress address = bench.address();
    socket.connect(address, 30_000);
    socket.setSoTimeout(30_000);
    return socket;
  }

  /** Bytes at which the proxy has stopped to read, with the client slow. */
  private static long settled(Bench bench) {
    long[] last = {-1};
    Bench.await(
        "it reads no more",
        () -> {
          long before = last[0];
          last[0] = bench.counts().bytesFromServers();
          return before == last[0] && slept();
        });
    return last[0];
  }

  /** Whether it reads nothing for a moment: it may be late, but not for so long. */
  private static boolean stands(Bench bench) {
    long before = bench.counts().bytesFromServers();
    return slept() && bench.counts().bytesFromServers() == before;
  }

  private static boolean slept() {
    try {
      TimeUnit.NANOSECONDS.sleep(PAUSE_NS);
      return true;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aServerThatEndsIsReadNoFasterThanItsClientReads(String io) throws Exception {
    CountDownLatch full = new CountDownLatch(1);
    AtomicLong sent = new AtomicLong();
    try (TestServer server =
            new TestServer(
                socket -> {
                  // So much at a time that what the proxy does not read fits into its kernel.
                  while (!full.await(5, TimeUnit.MILLISECONDS)) {
                    socket.getOutputStream().write(new byte[CHUNK / 8]);
                    sent.addAndGet(CHUNK / 8);
                  }
                });
        Bench bench = bench(io, server);
        Socket client = connect(bench)) {
      Bench.await(
          "the proxy reads less than is there",
          () -> sent.get() - bench.counts().bytesFromServers() >= 2 * CHUNK && stands(bench));
      full.countDown();
      long before = bench.counts().bytesFromServers();
      Bench.await("the server has ended", () -> server.open() == 0);
      long after = settled(bench);
      assertTrue(after < sent.get() - CHUNK, () -> after + " of " + sent + " were read");
      assertTrue(after - before <= CHUNK, () -> after - before + " were read at its end");
      assertEquals(sent.get(), client.getInputStream().readAllBytes().length);
      TimesView held = bench.counts().toClientTime();
      assertTrue(held.maxNs() >= PAUSE_NS, () -> held.maxNs() + " ns");
      assertTrue(held.percentileNs(0) < PAUSE_NS, "not all of it had to wait");
      assertEquals(0, bench.counts().toServerTime().count(), "the client has sent nothing");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aResetComesBehindAllThatWasRead(String io) throws Exception {
    int length = 60_000;
    CountDownLatch read = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(
                socket -> {
                  socket.getOutputStream().write(new byte[length]);
                  read.await();
                  socket.setSoLinger(true, 0);
                });
        Bench bench = bench(io, server);
        Socket client = connect(bench)) {
      Bench.await("the proxy has it", () -> bench.counts().bytesFromServers() == length);
      read.countDown();
      Bench.await("the server has reset", () -> server.open() == 0);
      slept();
      InputStream in = client.getInputStream();
      for (int got = 0; got < length; got += 1000) {
        assertEquals(1000, in.readNBytes(1000).length);
      }
      assertThrows(SocketException.class, in::read);
      bench.awaitEnds(Ended.SERVER_RESET, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void whoWaitsForTheLastOfAResetConnectionInVainIsGivenUp(String io) throws Exception {
    int length = 60_000;
    CountDownLatch read = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(
                socket -> {
                  socket.getOutputStream().write(new byte[length]);
                  read.await();
                  socket.setSoLinger(true, 0);
                });
        Bench bench =
            new Bench(
                Bench.toml(Bench.freePort(), "idle_timeout = '2s'", "", server.address())
                    + "[proxy]\nevent_loops = 1\nio = '"
                    + io
                    + "'\n");
        Socket client = connect(bench)) {
      Bench.await("the proxy has it", () -> bench.counts().bytesFromServers() == length);
      read.countDown();
      bench.awaitEnds(Ended.IDLE, 1);
      bench.awaitQuiet();
      assertTrue(client.isConnected());
    }
  }
}
