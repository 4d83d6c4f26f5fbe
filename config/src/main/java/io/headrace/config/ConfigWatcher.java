package io.headrace.config;

import io.headrace.config.ConfigSource.Content;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches where the configuration comes from and tells of each save that means something else than
 * what is in force, from a daemon thread of its own.
 *
 * <p>It goes by the files' contents and times, whatever way these came about: written in place,
 * replaced by an editor, or swapped behind a symbolic link as Kubernetes does with a ConfigMap.
 * Events only make it look sooner. A content counts once it has stayed the same for a moment, so
 * that a half-written file is not taken for a whole one.
 */
public final class ConfigWatcher implements AutoCloseable {
  /** Hears of changes, on the watcher's thread. */
  public interface Listener {
    /**
     * What a content means.
     *
     * @throws ConfigException when it cannot be used
     */
    Config read(Content content) throws ConfigException;

    /**
     * The file means something new. When this returns, it is in force, or it was refused: then the
     * next save is told again, as the machine may have changed since.
     */
    void changed(Content content, Config config);

    /** The file has changed and cannot be used; what runs should go on. Told once per save. */
    void rejected(ConfigException errors);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ConfigWatcher.class);
  private static final Duration POLL = Duration.ofSeconds(2);
  private static final Duration SETTLE = Duration.ofMillis(300);

  private final ConfigSource source;
  private final Listener listener;
  private final Duration poll;
  private final Duration settle;
  private final Thread thread;
  private final Supplier<Config> inForce;
  private boolean refused;

  private ConfigWatcher(
      ConfigSource source,
      Supplier<Config> inForce,
      Listener listener,
      Duration poll,
      Duration settle) {
    this.source = source;
    this.inForce = inForce;
    this.listener = listener;
    this.poll = poll;
    this.settle = settle;
    this.thread = Thread.ofPlatform().daemon().name("config-watcher").unstarted(this::run);
  }

  /**
   * Begins to watch.
   *
   * @param inForce what runs now; a file that means just this is no change
   */
  public static ConfigWatcher start(
      ConfigSource source, Supplier<Config> inForce, Listener listener) {
    return start(source, inForce, listener, POLL, SETTLE);
  }

  static ConfigWatcher start(
      ConfigSource source,
      Supplier<Config> inForce,
      Listener listener,
      Duration poll,
      Duration settle) {
    ConfigWatcher watcher = new ConfigWatcher(source, inForce, listener, poll, settle);
    watcher.thread.start();
    return watcher;
  }

  /** Stops watching; a listener that is being told now may still finish. */
  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try (ConfigSource.Watch watch = source.watch()) {
      Optional<Content> seen = Optional.empty();
      while (true) {
        Content content = source.load();
        if (!seen.equals(Optional.of(content))) {
          content = settled(content);
        }
        if (!seen.equals(Optional.of(content))) {
          seen = Optional.of(content);
          tell(content);
        }
        watch.await(poll);
      }
    } catch (InterruptedException e) {
      LOG.debug("{} is watched no more", source);
    }
  }

  private Content settled(Content first) throws InterruptedException {
    Content before = first;
    while (true) {
      Thread.sleep(settle);
      Content now = source.load();
      if (now.equals(before)) {
        return now;
      }
      before = now;
    }
  }

  private void tell(Content content) {
    try {
      Config next = listener.read(content);
      if (!next.equals(inForce.get())) {
        refused = true;
        listener.changed(content, next);
        refused = !next.equals(inForce.get());
      } else if (refused) {
        LOG.info("{} says again what is in force", source);
        refused = false;
      }
    } catch (ConfigException e) {
      refused = true;
      listener.rejected(e);
    } catch (RuntimeException | Error e) {
      // The next save may do better; nobody would notice that this thread has ended.
      LOG.error("{}: the change could not be applied", source, e);
    }
  }
}
