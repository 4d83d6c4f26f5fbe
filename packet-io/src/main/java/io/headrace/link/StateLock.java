package io.headrace.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that one process at a time holds, however that process ends (flock(2); Java's own file
 * locks are another kind, which the shell's flock(1) does not see).
 */
final class StateLock implements AutoCloseable {
  private static final int O_RDWR_CREAT_CLOEXEC = 0x2 | 0x40 | 0x80000;
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int LOCK_EX_NB = 2 | 4;
  private static final int LOCK_SH_NB = 1 | 4;
  private static final int MODE = 0600;
  private static final int ATTEMPTS = 40;
  private static final int PAUSE_MS = 50;

  private final int fd;

  private StateLock(int fd) {
    this.fd = fd;
  }

  /**
   * Takes the lock, making the directory when there is none. A holder that is about to end is
   * waited for.
   *
   * @throws LinkException when another process holds it, or the directory cannot be used
   */
  static StateLock take(Path directory) {
    Path file = directory.resolve("lock");
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int fd = open(file);
      if (fd >= 0 && Libc.flock(fd, LOCK_EX_NB) == 0 && !isDeleted(fd)) {
        return new StateLock(fd);
      }
      if (fd >= 0) {
        Libc.close(fd);
      }
      pause();
    }
    throw new LinkException(
        "another headrace runs in this network namespace (it holds " + file + ")");
  }

  /** Whether a process holds the lock. One that may not be opened is somebody's. */
  static boolean isHeld(Path directory) {
    int fd = Libc.open(directory.resolve("lock").toString(), O_RDONLY_CLOEXEC, 0);
    if (fd < 0) {
      return fd != -Libc.ENOENT;
    }
    try {
      return Libc.flock(fd, LOCK_SH_NB) != 0;
    } finally {
      Libc.close(fd);
    }
  }

  /**
   * @return negative when the directory was taken away between the two steps
   */
  private static int open(Path file) {
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new LinkException(
          "cannot make the directory %s: run as root, or give the user %s"
              .formatted(file.getParent(), file.getParent().getParent()),
          e);
    }
    int fd = Libc.open(file.toString(), O_RDWR_CREAT_CLOEXEC, MODE);
    if (fd < 0 && fd != -Libc.ENOENT) {
      throw LinkException.of("open " + file, -fd);
    }
    return fd;
  }

  /** Whether the holder of before removed the file while it was waited for. */
  private static boolean isDeleted(int fd) {
    try {
      return !Files.exists(Files.readSymbolicLink(Path.of("/proc/self/fd", String.valueOf(fd))));
    } catch (IOException e) {
      return true;
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
