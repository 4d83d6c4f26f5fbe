package io.headrace.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * HTTP clients at a steady rate, until they are stopped. Half of them keep their connection, half
 * make one for each request. The rate is far from what the machine could do, so that the latency is
 * that of the path and not that of a queue. A request that was held up by the one before it counts
 * from when it was due: a stall shows in full.
 */
final class Load implements AutoCloseable {
  private final InetSocketAddress target;
  private final Set<String> servers;
  private final long periodNs;
  private final Tally kept;
  private final Tally fresh;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopping;

  /**
   * Starts the clients.
   *
   * @param factory makes their threads, and says where they are
   * @param servers the names that may answer
   * @param clients of each of the two kinds
   * @param rate requests a second, of each kind
   * @param kept the count of those that keep their connection
   * @param fresh the count of those with a connection for each request
   */
  Load(
      ThreadFactory factory,
      InetSocketAddress target,
      Set<String> servers,
      int clients,
      int rate,
      Tally kept,
      Tally fresh) {
    this.target = target;
    this.servers = servers;
    this.periodNs = 1_000_000_000L * clients / rate;
    this.kept = kept;
    this.fresh = fresh;
    for (int i = 0; i < clients; i++) {
      threads.add(factory.newThread(() -> run(true, kept)));
      threads.add(factory.newThread(() -> run(false, fresh)));
    }
    threads.forEach(Thread::start);
  }

  private void run(boolean keep, Tally tally) {
    Client client = new Client(keep);
    // Not in step with the others.
    long due = System.nanoTime() + ThreadLocalRandom.current().nextLong(periodNs);
    while (!stopping) {
      long free = System.nanoTime();
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      long began = System.nanoTime();
      try {
        String server = client.request();
        tally.answered(server, System.nanoTime() - (free - due > 0 ? due : began));
      } catch (IOException e) {
        client.disconnect();
        tally.failed(new Tally.Failure(began, Fault.of(e), e.getMessage()));
      }
      due += periodNs;
    }
    client.disconnect();
  }

  /** Requests so far. */
  long requests() {
    return kept.answered() + fresh.answered() + errors();
  }

  /** Errors so far. */
  long errors() {
    return kept.failures().size() + fresh.failures().size();
  }

  /** Lets every client end the request that it is at. */
  @Override
  public void close() {
    stopping = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** One client with its connection, if it has one. */
  private final class Client {
    private final boolean keep;
    private HttpConnection connection;
    private String server = "";

    Client(boolean keep) {
      this.keep = keep;
    }

    /** Asks for the server's name, which is the body, and checks it. */
    String request() throws IOException {
      if (connection == null) {
        connection = new HttpConnection(target);
        server = "";
      }
      String body = connection.get("/", keep);
      String name = body.strip();
      if (!servers.contains(name) || !body.equals(name + "\n")) {
        throw new WrongAnswerException("body: " + body);
      }
      if (!server.isEmpty() && !server.equals(name)) {
        throw new WrongAnswerException("a connection to " + server + " went on with " + name);
      }
      server = name;
      if (!keep) {
        disconnect();
      }
      return name;
    }

    void disconnect() {
      if (connection != null) {
        connection.close();
        connection = null;
      }
    }
  }
}
