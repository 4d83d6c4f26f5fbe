package io.headrace.testbed;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a killed run could not remove. Everything that a testbed makes carries its owner's process
 * id in its name: {@code hr-PID-N} and, for namespaces, {@code hr-PID-N-HOST}.
 */
final class Leftovers {
  static final String PREFIX = "hr-";

  private static final Path OWN_PROCESS =
      Path.of("/proc", String.valueOf(ProcessHandle.current().pid()));
  private static final Pattern OWNED = Pattern.compile(PREFIX + "(\\d+)-\\d+(-.*)?");
  // The kernel tells the start of a process only to within a second or so of the wall clock.
  private static final Duration CLOCK_ERROR = Duration.ofSeconds(2);

  private Leftovers() {}

  /** Removes the namespaces, processes and directories of runs that are no more. */
  static void remove(Path scratch, Path temporary) {
    List<Path> stale = Namespaces.named(PREFIX).stream().filter(Leftovers::isStale).toList();
    Namespaces.remove(scratch, stale);
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(temporary, PREFIX + "*")) {
      for (Path directory : directories) {
        if (isOurs(directory) && isStale(directory)) {
          removeTree(directory);
        }
      }
    } catch (IOException e) {
      throw new TestbedException("cannot tidy up %s: %s".formatted(temporary, e.getMessage()), e);
    }
  }

  /** Root may remove what is another user's, and should not: any user may give any name. */
  private static boolean isOurs(Path directory) throws IOException {
    return owner(directory).equals(owner(OWN_PROCESS));
  }

  private static Object owner(Path file) throws IOException {
    return Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * A process id is used again some day: a process that is younger than the thing did not make it.
   */
  static boolean isStale(Path thing) {
    Matcher name = OWNED.matcher(thing.getFileName().toString());
    if (!name.matches()) {
      return false;
    }
    try {
      Instant made = Files.getLastModifiedTime(thing).toInstant();
      Optional<ProcessHandle> owner = ProcessHandle.of(Long.parseLong(name.group(1)));
      return owner.isEmpty()
          || owner
              .flatMap(process -> process.info().startInstant())
              .map(start -> start.minus(CLOCK_ERROR).isAfter(made))
              .orElse(false);
    } catch (IOException | NumberFormatException e) {
      return false;
    }
  }

  /** Removes a directory and all that is in it. A symbolic link is removed, never followed. */
  static void removeTree(Path directory) throws IOException {
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException error)
                throws IOException {
              Files.deleteIfExists(visited);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException e) {
      // Two cleaners met.
      return;
    }
  }
}
