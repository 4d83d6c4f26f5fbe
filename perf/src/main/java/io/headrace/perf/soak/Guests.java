package io.headrace.perf.soak;

import io.headrace.perf.compare.HostTask;
import io.headrace.testbed.Host;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Connections that come and go: each guest connects, asks a number of times, which one server has
 * to answer, goes, and comes again; until they are {@linkplain #close told to end}.
 */
final class Guests implements AutoCloseable {
  /** One in so many closes in order, and leaves its port in TIME_WAIT; the others reset. */
  private static final int ORDERLY = 8;

  private static final String PATH = "/";

  private final Manner manner;
  private final List<InetSocketAddress> frontends;
  private final Set<String> gone = ConcurrentHashMap.newKeySet();
  private final List<HostTask<Void>> tasks = new ArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicLong answers = new AtomicLong();
  private final AtomicLong longestNs = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean ending;

  /**
   * How they behave.
   *
   * @param mostRequests each connection has one to so many
   * @param longestPauseMs before each request; the shortest is none
   * @param patience with which a connection and each answer is waited for
   */
  record Manner(int mostRequests, int longestPauseMs, Duration patience) {}

  Guests(Host client, InetSocketAddress frontend, int count, Manner manner, SplittableRandom seed) {
    this.manner = manner;
    this.frontends = new CopyOnWriteArrayList<>(List.of(frontend));
    for (int i = 0; i < count; i++) {
      SplittableRandom random = seed.split();
      tasks.add(HostTask.start(client, () -> comeAndGo(random)));
    }
  }

  private Void comeAndGo(SplittableRandom random) {
    while (!ending) {
      visit(random);
    }
    return null;
  }

  private void visit(SplittableRandom random) {
    Visit visit = new Visit();
    try (HttpConnection connection =
        new HttpConnection(manner.patience(), () -> gone.contains(visit.server))) {
      InetSocketAddress frontend = frontends.get(random.nextInt(frontends.size()));
      Moment.pause(random.nextInt(manner.longestPauseMs() + 1));
      visit.doing = "connecting to port " + frontend.getPort();
      long start = System.nanoTime();
      connection.open(frontend);
      visit.doing = "port %d, from port %d".formatted(frontend.getPort(), connection.localPort());
      int requests = 1 + random.nextInt(manner.mostRequests());
      for (int i = 0; i < requests && !(ending && i > 0); i++) {
        request(connection, visit, start);
        if (gone.contains(visit.server)) {
          throw new HttpConnection.GivenUp();
        }
        Moment.pause(i + 1 < requests ? random.nextInt(manner.longestPauseMs() + 1) : 0);
        start = System.nanoTime();
      }
      connections.incrementAndGet();
      if (random.nextInt(ORDERLY) != 0) {
        connection.resetAtClose();
      }
    } catch (HttpConnection.GivenUp e) {
      lost.incrementAndGet();
    } catch (IOException e) {
      if (gone.contains(visit.server)) {
        lost.incrementAndGet();
      } else {
        failures.add(
            "at %s, %s, server %s, after %d answers: %s"
                .formatted(
                    LocalTime.now().truncatedTo(ChronoUnit.MILLIS),
                    visit.doing,
                    visit.server.isEmpty() ? "unknown" : visit.server,
                    visit.answers,
                    e.getMessage()));
      }
    }
  }

  private void request(HttpConnection connection, Visit visit, long startNs) throws IOException {
    String server = connection.answer(PATH).strip();
    longestNs.accumulateAndGet(System.nanoTime() - startNs, Math::max);
    if (!visit.server.isEmpty() && !visit.server.equals(server)) {
      throw new IOException("another server answered: " + server);
    }
    visit.server = server;
    visit.answers++;
    answers.incrementAndGet();
  }

  /** One connection. */
  private static final class Visit {
    private String server = "";
    private String doing = "";
    private int answers;
  }

  /** From now on they come to this one, too. */
  void add(InetSocketAddress frontend) {
    frontends.add(frontend);
  }

  /** Connections to this server may end from now on. */
  void gone(Host server) {
    gone.add(server.name());
  }

  /** The server is back. */
  void back(Host server) {
    gone.remove(server.name());
  }

  /** Connections that were answered as often as they asked. */
  int connections() {
    return connections.get();
  }

  long answers() {
    return answers.get();
  }

  /** Connections that ended because their server was {@link #gone}. */
  int lost() {
    return lost.get();
  }

  /** The longest that an answer took, the opening of the connection included, in seconds. */
  double longestSeconds() {
    return longestNs.get() / 1e9;
  }

  /** What did not go as it should, a line each. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Lets them finish what they ask for, and waits for that. */
  @Override
  public void close() {
    ending = true;
    tasks.forEach(HostTask::result);
  }
}
