package io.headrace.supervisor;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service manager that has started this process, if one has that wants to hear of it: systemd
 * with {@code Type=notify} and {@code WatchdogSec=}. Else nobody is told anything. Any thread.
 */
public final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  /** A beat may come late without harm. */
  private static final int BEATS_IN_TIME = 3;

  /** Its thread starts with the first beat. */
  private final ScheduledExecutorService beats =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("watchdog").factory());

  private final Optional<Notifier> notifier;
  private final Optional<Duration> watchdog;

  private Supervisor(Optional<Notifier> notifier, Optional<Duration> watchdog) {
    this.notifier = notifier;
    this.watchdog = watchdog;
  }

  /**
   * The one that the environment names (sd_notify(3), sd_watchdog_enabled(3)).
   *
   * @param environment of this process
   * @param pid its number
   */
  public static Supervisor of(Map<String, String> environment, long pid) {
    try {
      Optional<Notifier> notifier =
          Optional.ofNullable(environment.get("NOTIFY_SOCKET")).map(Notifier::new);
      String watched = environment.getOrDefault("WATCHDOG_PID", String.valueOf(pid));
      Optional<Duration> watchdog =
          Optional.ofNullable(environment.get("WATCHDOG_USEC"))
              .filter(_ -> watched.equals(String.valueOf(pid)))
              .map(microseconds -> Duration.of(Long.parseLong(microseconds), ChronoUnit.MICROS));
      return new Supervisor(notifier, watchdog);
    } catch (IllegalArgumentException e) {
      LOG.warn("the service manager is told nothing: {}", e.getMessage());
      return new Supervisor(Optional.empty(), Optional.empty());
    }
  }

  /**
   * The balancer forwards.
   *
   * @param isAlive asked again and again if the manager wants a sign of life: it gets one as long
   *     as this is true, and starts the process again when none comes
   */
  public void ready(BooleanSupplier isAlive) {
    send("READY=1\nSTATUS=forwarding");
    if (notifier.isPresent() && watchdog.isPresent()) {
      long period = watchdog.get().dividedBy(BEATS_IN_TIME).toNanos();
      beats.scheduleAtFixedRate(() -> beat(isAlive), 0, period, TimeUnit.NANOSECONDS);
    }
  }

  private void beat(BooleanSupplier isAlive) {
    try {
      if (isAlive.getAsBoolean()) {
        send("WATCHDOG=1");
      } else {
        LOG.warn("a thread that carries connections stands still: no sign of life is given");
      }
    } catch (RuntimeException e) {
      // One that is thrown would be the last beat.
      LOG.warn("no sign of life is given", e);
    }
  }

  /** The balancer is told to stop; of signs of life nothing is expected any more. */
  public void stopping() {
    beats.shutdownNow();
    send("STOPPING=1\nSTATUS=connections may end");
  }

  private void send(String message) {
    if (notifier.isPresent() && !notifier.get().send(message)) {
      LOG.warn("the service manager does not take: {}", message.lines().findFirst().orElse(""));
    }
  }
}
