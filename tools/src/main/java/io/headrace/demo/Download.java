package io.headrace.demo;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;

/** A download of many bytes at a steady rate, each byte compared with what it has to be. */
final class Download {
  private static final String PATH = "/big";
  private static final int CHUNK = 16 << 10;

  /** Small, so that nearly all of the body is still the server's to send. */
  private static final int RECEIVE_BUFFER = 64 << 10;

  private final InetSocketAddress target;
  private final byte[] expected;
  private final int bytesPerSecond;
  private final Thread thread;
  private volatile int received;
  private volatile String failure = "";

  /** Starts it, on a thread of the factory's. */
  Download(ThreadFactory factory, InetSocketAddress target, byte[] expected, int bytesPerSecond) {
    this.target = target;
    this.expected = expected;
    this.bytesPerSecond = bytesPerSecond;
    thread = factory.newThread(this::run);
    thread.start();
  }

  private void run() {
    try (HttpConnection connection = new HttpConnection(target, RECEIVE_BUFFER)) {
      connection.connect();
      int length = connection.ask(PATH, false);
      if (length != expected.length) {
        throw new WrongAnswerException("%d bytes long".formatted(length));
      }
      receive(connection.body());
    } catch (IOException e) {
      failure =
          "%s after %,d of %,d bytes: %s"
              .formatted(Fault.of(e).label(), received, expected.length, e.getMessage());
    }
  }

  private void receive(InputStream in) throws IOException {
    byte[] chunk = new byte[CHUNK];
    long start = System.nanoTime();
    while (received < expected.length) {
      int count = in.read(chunk, 0, Math.min(CHUNK, expected.length - received));
      if (count < 0) {
        throw new EOFException("the connection ended");
      }
      int end = received + count;
      if (!Arrays.equals(chunk, 0, count, expected, received, end)) {
        throw new WrongAnswerException("the body differs");
      }
      received = end;
      long due = start + 1_000_000_000L * end / bytesPerSecond;
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
  }

  /** Right bytes so far. */
  int received() {
    return received;
  }

  boolean isRunning() {
    return thread.isAlive();
  }

  /** Waits for the end. Returns what went wrong; empty when the whole body came and was right. */
  String await() throws InterruptedException {
    thread.join();
    return failure;
  }
}
