package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Thousands of connections whose ends close, half-close and reset at random points: whoever sent
 * all and closed in order has all of it arrive, whoever reset has a beginning of it arrive, and
 * nothing stays open or counted as open.
 */
class ExactnessTest {
  private static final int CONNECTIONS = 5_000;
  private static final int AT_A_TIME = 48;
  private static final int LONGEST = 200_000;

  /** How an end of a connection behaves; both ends derive both from the connection's seed. */
  private record Part(int toSend, End end, boolean readsSlowly, long seed) {
    enum End {
      /** Sends all, ends its direction, and reads to the end of the other. */
      HALF_CLOSE,
      /** Reads to the end of the other direction first, then sends all and closes. */
      CLOSE_LAST,
      /** Sends some, and resets. */
      RESET
    }

    static Part of(Random random, End... ends) {
      int scale = 1 << random.nextInt(19);
      return new Part(
          random.nextInt(Math.min(scale, LONGEST)),
          ends[random.nextInt(ends.length)],
          random.nextInt(8) == 0,
          random.nextLong());
    }

    byte at(int index) {
      return (byte) (seed * 31 + index * 0x9e3779b9L >>> 13);
    }
  }

  private record Script(Part client, Part server) {
    static Script of(long seed) {
      Random random = new Random(seed);
      Part client = Part.of(random, Part.End.HALF_CLOSE, Part.End.CLOSE_LAST, Part.End.RESET);
      // Two that wait for each other would wait for ever.
      Part server =
          client.end() == Part.End.CLOSE_LAST
              ? Part.of(random, Part.End.HALF_CLOSE, Part.End.RESET)
              : Part.of(random, Part.End.HALF_CLOSE, Part.End.CLOSE_LAST, Part.End.RESET);
      return new Script(client, server);
    }
  }

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger complete = new AtomicInteger();
  private final AtomicInteger cut = new AtomicInteger();

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void nothingIsLostAndNothingIsLeft(String io) throws Exception {
    int descriptors = 0;
    try (TestServer server = new TestServer(this::serve);
        Bench bench =
            new Bench(
                Bench.toml(Bench.freePort(), "", "", server.address())
                    + "[proxy]\nio = '"
                    + io
                    + "'\nevent_loops = 2\n")) {
      connect(bench, -1);
      bench.awaitQuiet();
      descriptors = descriptors();
      Semaphore slots = new Semaphore(AT_A_TIME);
      for (int i = 0; i < CONNECTIONS && failures.isEmpty(); i++) {
        long seed = i;
        slots.acquire();
        Thread.ofVirtual()
            .start(
                () -> {
                  connect(bench, seed);
                  slots.release();
                });
      }
      assertTrue(slots.tryAcquire(AT_A_TIME, 60, TimeUnit.SECONDS), "some hang");
      assertEquals("", String.join("\n", failures));
      bench.awaitQuiet();
      Bench.await("the server is through", () -> server.open() == 0);
      int before = descriptors;
      Bench.await("descriptors are closed", () -> descriptors() <= before);
      assertEquals(CONNECTIONS + 1, bench.counts().totalConnections());
      assertEquals(
          CONNECTIONS + 1, bench.counts().ends().values().stream().mapToLong(Long::valueOf).sum());
      assertEquals(0, bench.ends(Ended.FAULT) + bench.ends(Ended.IDLE));
      assertEquals("", String.join("\n", Leaks.found()), "buffers that were never released");
      assertTrue(complete.get() > CONNECTIONS / 2, () -> complete + " complete, " + cut + " cut");
      assertTrue(cut.get() > CONNECTIONS / 10, () -> complete + " complete, " + cut + " cut");
    }
  }

  private static int descriptors() {
    return new File("/proc/self/fd").list().length;
  }

  private void connect(Bench bench, long seed) {
    Script script = Script.of(seed);
    try (Socket socket = bench.connect()) {
      socket.getOutputStream().write(ByteBuffer.allocate(8).putLong(seed).array());
      play(socket, "client " + seed, script.client(), script.server());
    } catch (IOException e) {
      failures.add("client " + seed + ": " + script + ": " + e);
    }
  }

  private void serve(Socket socket) throws IOException {
    long seed = new DataInputStream(socket.getInputStream()).readLong();
    Script script = Script.of(seed);
    try {
      play(socket, "server " + seed, script.server(), script.client());
    } catch (IOException e) {
      failures.add("server " + seed + ": " + script + ": " + e);
    }
  }

  private void play(Socket socket, String who, Part me, Part other) throws IOException {
    switch (me.end()) {
      case HALF_CLOSE -> {
        // The kernel tells of a reset once: to the writer or to the reader.
        AtomicBoolean told = new AtomicBoolean();
        Thread writer =
            Thread.ofVirtual().start(() -> told.set(!sendAndEnd(socket, who, me, other)));
        boolean ended = receive(socket, who, me, other);
        join(writer);
        if (ended && other.end() == Part.End.RESET && !told.get()) {
          failures.add(who + ": an end where the other has reset");
        }
      }
      case CLOSE_LAST -> {
        if (receive(socket, who, me, other) && other.end() == Part.End.RESET) {
          failures.add(who + ": an end where the other has reset");
        }
        sendAndEnd(socket, who, me, other);
      }
      case RESET -> {
        try {
          send(socket, me);
        } catch (SocketException e) {
          mayBeReset(who, other, e);
        }
        socket.setSoLinger(true, 0);
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private boolean sendAndEnd(Socket socket, String who, Part me, Part other) {
    try {
      send(socket, me);
      socket.shutdownOutput();
      return true;
    } catch (IOException e) {
      mayBeReset(who, other, e);
      return false;
    }
  }

  private void mayBeReset(String who, Part other, IOException e) {
    if (other.end() != Part.End.RESET) {
      failures.add(who + ": the other did not reset, but " + e);
    }
  }

  private static void send(Socket socket, Part part) throws IOException {
    OutputStream out = socket.getOutputStream();
    Random random = new Random(part.seed());
    int sent = 0;
    while (sent < part.toSend()) {
      byte[] chunk = new byte[Math.min(part.toSend() - sent, 1 + random.nextInt(40_000))];
      for (int i = 0; i < chunk.length; i++) {
        chunk[i] = part.at(sent + i);
      }
      out.write(chunk);
      sent += chunk.length;
    }
  }

  /** Whether the data came to an end, and not to a reset. */
  private boolean receive(Socket socket, String who, Part me, Part other) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[me.readsSlowly() ? 3_000 : 64 << 10];
    int got = 0;
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        for (int i = 0; i < n; i++) {
          if (got + i >= other.toSend() || buffer[i] != other.at(got + i)) {
            failures.add(who + ": byte " + (got + i) + " of " + other.toSend() + " is wrong");
            return false;
          }
        }
        got += n;
        if (me.readsSlowly() && got % 16 == 0) {
          Thread.sleep(1);
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } catch (SocketException e) {
      mayBeReset(who, other, e);
      cut.incrementAndGet();
      return false;
    }
    if (other.end() == Part.End.RESET) {
      cut.incrementAndGet();
    } else if (got != other.toSend()) {
      failures.add(who + ": " + got + " of " + other.toSend() + " bytes: " + me + ", " + other);
    } else {
      complete.incrementAndGet();
    }
    return true;
  }
}
