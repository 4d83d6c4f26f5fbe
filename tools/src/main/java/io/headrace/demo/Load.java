package io.headrace.demo;

import java.io.EOFException;
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
  private final List<Client> clients = new ArrayList<>();
  private volatile boolean stopping;
  private volatile boolean aborted;

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
      add(factory, new Client(true), kept);
      add(factory, new Client(false), fresh);
    }
    threads.forEach(Thread::start);
  }

  private void add(ThreadFactory factory, Client client, Tally tally) {
    clients.add(client);
    threads.add(factory.newThread(() -> run(client, tally)));
  }

  private void run(Client client, Tally tally) {
    // Not in step with the others.
    long due = System.nanoTime() + ThreadLocalRandom.current().nextLong(periodNs);
    long free = System.nanoTime();
    while (awaitUnlessStopped(due)) {
      long began = System.nanoTime();
      boolean timed = client.isTimed();
      try {
        String server = client.request();
        long endNs = System.nanoTime();
        tally.answered(server);
        if (timed) {
          tally.took(endNs - (free - due > 0 ? due : began));
        }
      } catch (IOException e) {
        client.disconnect();
        if (!aborted) {
          tally.failed(new Tally.Failure(began, Fault.of(e), e.getMessage()));
        }
      }
      due += periodNs;
      free = System.nanoTime();
    }
    client.disconnect();
  }

  private boolean awaitUnlessStopped(long due) {
    while (!stopping && System.nanoTime() - due < 0) {
      LockSupport.parkNanos(due - System.nanoTime());
    }
    return !stopping;
  }

  /** Requests so far. */
  long requests() {
    return kept.answered() + fresh.answered() + errors();
  }

  /** Errors so far. */
  long errors() {
    return kept.failures().size() + fresh.failures().size();
  }

  /** Has every client end with the request that it is at. */
  void stop() {
    stopping = true;
    threads.forEach(LockSupport::unpark);
  }

  /** Whether a client is at a request still. */
  boolean isRunning() {
    return threads.stream().anyMatch(Thread::isAlive);
  }

  /** Ends it, in the middle of requests where there are any: nobody asks for them any more. */
  @Override
  public void close() {
    stop();
    aborted = true;
    clients.forEach(Client::disconnect);
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
    private volatile HttpConnection connection;
    private String server = "";

    Client(boolean keep) {
      this.keep = keep;
    }

    /** A connection that is kept is there already: its making is not of the request's time. */
    boolean isTimed() {
      return !keep || connection != null;
    }

    /** Asks for the server's name, which is the body, and checks it. */
    String request() throws IOException {
      HttpConnection open = connection;
      if (open == null) {
        open = connect();
      }
      String body = open.get("/", keep);
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

    private HttpConnection connect() throws IOException {
      HttpConnection fresh = new HttpConnection(target);
      // Before the look: an abort either closes it, or is seen.
      connection = fresh;
      if (aborted) {
        throw new EOFException("aborted");
      }
      server = "";
      fresh.connect();
      return fresh;
    }

    /** For any thread. */
    void disconnect() {
      HttpConnection open = connection;
      if (open != null) {
        open.close();
        connection = null;
      }
    }
  }
}
