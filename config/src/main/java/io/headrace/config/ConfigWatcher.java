package io.headrace.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the configuration file and tells of each save that means something else than what is in
 * force, from a daemon thread of its own.
 *
 * <p>It goes by the file's content and its time, whatever way these came about: written in place,
 * replaced by an editor, or swapped behind a symbolic link as Kubernetes does with a ConfigMap.
 * Events of the file system only make it look sooner. A content counts once it has stayed the same
 * for a moment, so that a half-written file is not taken for a whole one.
 */
public final class ConfigWatcher implements AutoCloseable {
  /** Hears of changes, on the watcher's thread. */
  public interface Listener {
    /**
     * The file means something new. When this returns, it is in force, or it was refused: then the
     * next save is told again, as the machine may have changed since.
     */
    void changed(Config config);

    /** The file has changed and cannot be used; what runs should go on. Told once per save. */
    void rejected(ConfigException errors);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ConfigWatcher.class);
  private static final Duration POLL = Duration.ofSeconds(2);
  private static final Duration SETTLE = Duration.ofMillis(300);

  private final Path file;
  private final Mode defaultMode;
  private final Listener listener;
  private final Duration poll;
  private final Duration settle;
  private final Thread thread;
  private final Supplier<Config> inForce;
  private boolean refused;

  /** What is in the file and since when, or why it could not be read. */
  private record Content(ByteBuffer bytes, FileTime saved, List<ConfigError> errors) {}

  private ConfigWatcher(
      Path file,
      Mode defaultMode,
      Supplier<Config> inForce,
      Listener listener,
      Duration poll,
      Duration settle) {
    this.file = file;
    this.defaultMode = defaultMode;
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
      Path file, Mode defaultMode, Supplier<Config> inForce, Listener listener) {
    return start(file, defaultMode, inForce, listener, POLL, SETTLE);
  }

  static ConfigWatcher start(
      Path file,
      Mode defaultMode,
      Supplier<Config> inForce,
      Listener listener,
      Duration poll,
      Duration settle) {
    ConfigWatcher watcher = new ConfigWatcher(file, defaultMode, inForce, listener, poll, settle);
    watcher.thread.start();
    return watcher;
  }

  /** Stops watching; a listener that is being told now may still finish. */
  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try (DirectoryWatch directory = new DirectoryWatch(file.toAbsolutePath().getParent())) {
      Optional<Content> seen = Optional.empty();
      while (true) {
        Content content = load();
        if (!seen.equals(Optional.of(content))) {
          content = settled(content);
        }
        if (!seen.equals(Optional.of(content))) {
          seen = Optional.of(content);
          tell(content);
        }
        directory.await(poll);
      }
    } catch (InterruptedException e) {
      LOG.debug("{} is watched no more", file);
    }
  }

  private Content load() {
    FileTime saved = saved();
    try {
      return new Content(ByteBuffer.wrap(ConfigFile.load(file)), saved, List.of());
    } catch (ConfigException e) {
      return new Content(ByteBuffer.allocate(0), saved, e.errors());
    }
  }

  private FileTime saved() {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      // The content says why.
      return FileTime.fromMillis(0);
    }
  }

  private Content settled(Content first) throws InterruptedException {
    Content before = first;
    while (true) {
      Thread.sleep(settle);
      Content now = load();
      if (now.equals(before)) {
        return now;
      }
      before = now;
    }
  }

  private void tell(Content content) {
    try {
      Config next = parse(content);
      if (!next.equals(inForce.get())) {
        refused = true;
        listener.changed(next);
        refused = !next.equals(inForce.get());
      } else if (refused) {
        LOG.info("{} says again what is in force", file);
        refused = false;
      }
    } catch (ConfigException e) {
      refused = true;
      listener.rejected(e);
    } catch (RuntimeException | Error e) {
      // The next save may do better; nobody would notice that this thread has ended.
      LOG.error("{}: the change could not be applied", file, e);
    }
  }

  private Config parse(Content content) throws ConfigException {
    if (!content.errors().isEmpty()) {
      throw new ConfigException(content.errors());
    }
    return ConfigReader.read(ConfigFile.decode(content.bytes().array(), file), file, defaultMode);
  }
}
