package io.headrace.counters;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Where the counters files of this machine's balancers are: {@code
 * /dev/shm/headrace-USER/PID.counters}. There they are memory alone, and no disk makes a balancer
 * wait.
 */
public final class CountersFiles {
  private static final Path SHARED = Path.of("/dev/shm");
  private static final String FOLDER = "headrace-";
  private static final String ENDING = ".counters";

  /** Of balancers that were killed, how many files are kept. */
  private static final int KEPT = 4;

  private CountersFiles() {}

  /**
   * A file of a balancer.
   *
   * @param path where it is
   * @param view what is in it
   */
  public record Found(Path path, CountersView view) {}

  /** Where files are memory alone, if this machine has such a place. */
  public static Path base() {
    return Files.isDirectory(SHARED) ? SHARED : Path.of(System.getProperty("java.io.tmpdir"));
  }

  /**
   * Makes this process's file, and removes all but the newest of those that killed ones left.
   *
   * @throws CountersFileException when it cannot be made
   */
  public static Counters create(Path config) {
    Path folder = base().resolve(FOLDER + System.getProperty("user.name"));
    try {
      try {
        Files.createDirectory(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      } catch (FileAlreadyExistsException e) {
        requireOurs(folder);
      }
      removeOld(folder);
    } catch (IOException e) {
      throw new CountersFileException(
          "cannot make a place for the counters file, " + folder + ": " + Counters.why(e));
    }
    return Counters.create(folder.resolve(ProcessHandle.current().pid() + ENDING), config);
  }

  /** Everybody may write to where it is: it might be a trap of another user. */
  private static void requireOurs(Path folder) throws IOException {
    Path own = Files.createTempFile("headrace", null);
    try {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
          || !Files.getOwner(folder).equals(Files.getOwner(own))) {
        throw new IOException("it belongs to another user; remove it");
      }
    } finally {
      Files.delete(own);
    }
  }

  private static void removeOld(Path folder) throws IOException {
    List<Path> ended = new ArrayList<>();
    for (Path file : files(folder)) {
      if (!isInUse(file)) {
        ended.add(file);
      }
    }
    ended.sort(Comparator.comparing(file -> file.toFile().lastModified()));
    for (Path file : ended.subList(0, Math.max(0, ended.size() - KEPT))) {
      Files.deleteIfExists(file);
    }
  }

  private static boolean isInUse(Path file) {
    try {
      return CountersView.open(file).isAlive();
    } catch (CountersFileException unreadable) {
      // It may be about to be made.
      return pid(file).flatMap(ProcessHandle::of).isPresent();
    }
  }

  private static Optional<Long> pid(Path file) {
    String name = file.getFileName().toString();
    String digits = name.substring(0, name.length() - ENDING.length());
    return digits.matches("[0-9]{1,10}") ? Optional.of(Long.valueOf(digits)) : Optional.empty();
  }

  private static List<Path> files(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, "*" + ENDING)) {
      stream.forEach(files::add);
    }
    return files;
  }

  /** Those of all users' balancers, running or not, that this one may read; oldest first. */
  public static List<Found> all() {
    List<Found> found = new ArrayList<>();
    for (Path file : files()) {
      try {
        found.add(new Found(file, CountersView.open(file)));
      } catch (CountersFileException ofAnotherVersion) {
        // Whoever names it is told.
      }
    }
    found.sort(Comparator.comparing(each -> each.view().created()));
    return found;
  }

  /** Why those cannot be read that are not in {@link #all} though their processes run. */
  public static List<String> refusals() {
    List<String> refusals = new ArrayList<>();
    for (Path file : files()) {
      if (pid(file).flatMap(ProcessHandle::of).isPresent()) {
        try {
          CountersView.open(file);
        } catch (CountersFileException e) {
          refusals.add(e.getMessage());
        }
      }
    }
    return refusals;
  }

  private static List<Path> files() {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(base(), FOLDER + "*")) {
      for (Path folder : folders) {
        if (Files.isDirectory(folder) && Files.isReadable(folder)) {
          all.addAll(files(folder));
        }
      }
    } catch (IOException e) {
      throw new CountersFileException("cannot look for counters files: " + Counters.why(e));
    }
    return all;
  }

  /** The file of a process, whoever's it is. */
  public static Optional<Path> of(long pid) {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(base(), FOLDER + "*")) {
      for (Path folder : folders) {
        Path file = folder.resolve(pid + ENDING);
        if (Files.exists(file)) {
          return Optional.of(file);
        }
      }
    } catch (IOException e) {
      throw new CountersFileException("cannot look for counters files: " + Counters.why(e));
    }
    return Optional.empty();
  }
}
