package io.headrace.config;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until something happens in a directory, or for a time. What happened it does not tell: the
 * events of an editor that replaces a file, or of a mount that swaps symbolic links, are not worth
 * telling apart. Where the system gives no events it only waits. Used by one thread.
 */
final class DirectoryWatch implements ConfigSource.Watch {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryWatch.class);

  /** Events that come together are one; and a busy directory costs no more than this often. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final Path directory;
  private final Optional<WatchService> service;
  private Optional<WatchKey> key = Optional.empty();

  DirectoryWatch(Path directory) {
    this.directory = directory;
    this.service = open();
    register();
  }

  @Override
  public void await(Duration longest) throws InterruptedException {
    if (key.isEmpty()) {
      register();
    }
    if (key.isEmpty()) {
      Thread.sleep(longest);
      return;
    }
    WatchKey signalled = poll(longest);
    if (signalled != null) {
      Thread.sleep(PAUSE);
      signalled.pollEvents();
      if (!signalled.reset()) {
        key = Optional.empty();
      }
    }
  }

  @Override
  public void close() {
    try {
      if (service.isPresent()) {
        service.get().close();
      }
    } catch (IOException e) {
      LOG.debug("closing the watch of {}", directory, e);
    }
  }

  private WatchKey poll(Duration longest) throws InterruptedException {
    try {
      return service.orElseThrow().poll(longest.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ClosedWatchServiceException e) {
      throw new InterruptedException("closed");
    }
  }

  private Optional<WatchService> open() {
    try {
      return Optional.of(directory.getFileSystem().newWatchService());
    } catch (IOException | UnsupportedOperationException e) {
      LOG.warn(
          "{}: no events from the file system, so its content is read from time to time: {}",
          directory,
          e.getMessage());
      return Optional.empty();
    }
  }

  private void register() {
    try {
      if (service.isPresent()) {
        key =
            Optional.of(
                directory.register(
                    service.get(),
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE));
      }
    } catch (IOException e) {
      LOG.debug("{} cannot be watched now: {}", directory, e.toString());
    }
  }
}
