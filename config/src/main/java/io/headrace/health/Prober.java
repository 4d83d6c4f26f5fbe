package io.headrace.health;

import io.headrace.config.Address;
import io.headrace.config.DurationText;
import io.headrace.registry.Server;
import java.io.IOException;
import java.net.BindException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;

/**
 * Makes checks. Any number of threads; no more than a given number of checks are under way at one
 * time, those who come later wait, so that checks never use up the process's file descriptors.
 */
final class Prober implements AutoCloseable {
  private final Semaphore places;
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("deadlines").factory());

  Prober(int most) {
    places = new Semaphore(most, true);
    timer.setRemoveOnCancelPolicy(true);
  }

  /**
   * Makes a check, and waits for it.
   *
   * @throws InterruptedException when the thread is interrupted; what the check has open is closed
   *     then too
   */
  Outcome probe(Check check, Server server, Place at, Duration timeout)
      throws InterruptedException {
    places.acquire();
    try (Deadline deadline = new Deadline(timer, timeout)) {
      return probe(check, server, at, timeout, deadline);
    } finally {
      places.release();
    }
  }

  private static Outcome probe(
      Check check, Server server, Place at, Duration timeout, Deadline deadline)
      throws InterruptedException {
    try {
      check.run(server, at, deadline);
      return new Outcome.Passed();
    } catch (NoCheckException e) {
      return new Outcome.Unknown(e.getMessage());
    } catch (BindException e) {
      return new Outcome.Unknown("no local address or port to connect from: " + e.getMessage());
    } catch (UnsupportedAddressTypeException e) {
      return new Outcome.Unknown("this machine has no IPv6");
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return new Outcome.Failed(
          deadline.hasPassed() ? silence(at, timeout) : reason(e) + place(at));
    }
  }

  private static String silence(Place at, Duration timeout) {
    String silence = "no answer within " + DurationText.format(timeout) + place(at);
    return at.isByDetour()
        ? silence + ", which the server has to hold: see headrace dsr-setup"
        : silence;
  }

  private static String place(Place at) {
    return at.isByDetour() ? " at " + Address.format(at.asked()) : "";
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    if (e instanceof CheckException) {
      return message;
    }
    return message == null || message.isEmpty()
        ? e.getClass().getSimpleName()
        : Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }

  /** Checks that may still begin now. */
  int free() {
    return places.availablePermits();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
