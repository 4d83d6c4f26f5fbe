package io.headrace.registry;

import io.headrace.config.DurationText;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Checks a server with a TCP connection that is closed as soon as it stands. Any number of threads;
 * no more than a given number of sockets are open at one time, those who come later wait, so that
 * checks never use up the process's file descriptors.
 */
final class TcpCheck {
  /** What a check has found. */
  sealed interface Outcome {}

  /** The server took the connection. */
  record Answered() implements Outcome {}

  /** The server did not; the reason completes the sentence "it is down: …". */
  record Failed(String reason) implements Outcome {}

  /** This machine could not even try, which says nothing of the server. */
  record Unknown(String reason) implements Outcome {}

  private final Semaphore sockets;

  TcpCheck(int mostSockets) {
    sockets = new Semaphore(mostSockets, true);
  }

  /**
   * Connects, and waits for it.
   *
   * @throws InterruptedException when the thread is interrupted; the socket is closed then too
   */
  Outcome check(InetSocketAddress server, Duration timeout) throws InterruptedException {
    sockets.acquire();
    try {
      return connect(server, timeout);
    } finally {
      sockets.release();
    }
  }

  /** Sockets that may still be opened now. */
  int free() {
    return sockets.availablePermits();
  }

  private static Outcome connect(InetSocketAddress server, Duration timeout)
      throws InterruptedException {
    try (SocketChannel channel = open()) {
      channel.socket().connect(server, (int) Math.max(1, timeout.toMillis()));
      // On loopback, a port that nobody listens on can be connected to itself.
      return server.equals(channel.getLocalAddress())
          ? new Failed("connection refused")
          : new Answered();
    } catch (OpenFailed e) {
      return new Unknown(e.getMessage());
    } catch (SocketTimeoutException e) {
      return new Failed("no answer within " + DurationText.format(timeout));
    } catch (BindException e) {
      return new Unknown("no local address or port to connect from: " + e.getMessage());
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return new Failed(reason(e));
    } catch (UnsupportedAddressTypeException e) {
      return new Unknown("this machine has no IPv6");
    }
  }

  private static SocketChannel open() throws OpenFailed {
    try {
      return SocketChannel.open();
    } catch (IOException e) {
      throw new OpenFailed(e);
    }
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return message == null || message.isEmpty()
        ? e.getClass().getSimpleName()
        : Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }

  private static final class OpenFailed extends IOException {
    private static final long serialVersionUID = 1L;

    OpenFailed(IOException cause) {
      super("no socket could be opened: " + cause.getMessage(), cause);
    }
  }
}
