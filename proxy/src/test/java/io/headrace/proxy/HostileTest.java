package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that misbehave take no more memory than some, and nobody else notices them. */
class HostileTest {
  private static final int CROWD = 100;
  private static final long MUCH = 128 << 20;

  private static Bench bench(String io, String frontend, String backend, TestServer... servers)
      throws IOException {
    return new Bench(
        Bench.toml(
                Bench.freePort(),
                frontend,
                backend,
                Arrays.stream(servers).map(TestServer::address).toArray(InetSocketAddress[]::new))
            + "[proxy]\nevent_loops = 1\nio = '"
            + io
            + "'\n");
  }

  private static TestServer answering(InetSocketAddress address) throws IOException {
    return new TestServer(
        address,
        socket -> {
          socket.getInputStream().readAllBytes();
          socket.getOutputStream().write('x');
        });
  }

  private static long memory() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aCrowdOfSlowReadersFillsTheServersPatienceAndNotTheMemory(String io) throws Exception {
    AtomicLong sent = new AtomicLong();
    try (TestServer server =
            new TestServer(
                socket -> {
                  int wish = socket.getInputStream().read();
                  OutputStream out = socket.getOutputStream();
                  if (wish == 'x') {
                    out.write('x');
                    return;
                  }
                  byte[] chunk = new byte[64 << 10];
                  while (true) {
                    out.write(chunk);
                    sent.addAndGet(chunk.length);
                  }
                });
        Bench bench = bench(io, "", "", server)) {
      List<Socket> slow = new ArrayList<>();
      for (int i = 0; i < CROWD; i++) {
        Socket socket = bench.connect();
        socket.getOutputStream().write('s');
        slow.add(socket);
      }
      long[] last = {-1};
      Bench.await(
          "the servers wait",
          () -> {
            long before = last[0];
            last[0] = sent.get();
            sleep(200);
            return server.open() == CROWD && before == last[0] && before > 0;
          });
      assertTrue(memory() < MUCH, () -> memory() + " bytes for " + CROWD + " slow readers");
      assertAnswers(bench);
      for (Socket socket : slow) {
        socket.close();
      }
      bench.awaitQuiet();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aServerThatNeverAnswersAndClientsThatNeverAskHoldNobodyUp(String io) throws Exception {
    try (TestServer silent = new TestServer(socket -> Thread.sleep(60_000));
        TestServer server = answering(Bench.freeAddress());
        Bench bench = bench(io, "idle_timeout = '3s'", "", silent, server)) {
      List<Socket> mute = new ArrayList<>();
      while (silent.accepted() < CROWD / 2) {
        mute.add(bench.connect());
      }
      bench.health("s0", false);
      for (int i = 0; i < 50; i++) {
        assertAnswers(bench);
      }
      bench.awaitQuiet();
      assertTrue(bench.ends(Ended.IDLE) >= CROWD / 2, () -> bench.counts().ends().toString());
      for (Socket socket : mute) {
        socket.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aServerThatFlapsCostsNoClientAnAnswer(String io) throws Exception {
    try (TestServer steady = answering(Bench.freeAddress())) {
      TestServer flapping = answering(Bench.freeAddress());
      InetSocketAddress address = flapping.address();
      try (Bench bench = bench(io, "", "", steady, flapping)) {
        for (int i = 0; i < 20; i++) {
          // What is in its queue when it closes is reset: no balancer can tell that from a wish.
          Bench.await("it is quiet", () -> bench.counts().currentConnections() == 0);
          flapping.close();
          for (int j = 0; j < 10; j++) {
            assertAnswers(bench);
          }
          flapping = answering(address);
          for (int j = 0; j < 10; j++) {
            assertAnswers(bench);
          }
        }
        bench.awaitQuiet();
        assertEquals(400, bench.ends(Ended.DONE));
        assertTrue(bench.counts().retries() > 0);
      } finally {
        flapping.close();
      }
    }
  }

  private static void assertAnswers(Bench bench) throws IOException {
    try (Socket socket = bench.connect()) {
      socket.getOutputStream().write('x');
      socket.shutdownOutput();
      assertEquals("x", new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
