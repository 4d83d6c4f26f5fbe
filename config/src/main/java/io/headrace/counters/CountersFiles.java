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
    return listed(folder, "*" + ENDING);
  }

  private static List<Path> listed(Path folder, String pattern) throws IOException {
    List<Path> listed = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, pattern)) {
      stream.forEach(listed::add);
    }
    return listed;
  }

  /** Those of all users that this one may read. */
  private static List<Path> filesOfAll() {
    try {
      List<Path> files = new ArrayList<>();
      for (Path folder : listed(base(), FOLDER + "*")) {
        if (Files.isDirectory(folder) && Files.isReadable(folder)) {
          files.addAll(files(folder));
        }
      }
      return files;
    } catch (IOException e) {
      throw new CountersFileException("cannot look for counters files: " + Counters.why(e));
    }
  }

  /** Those of all users' balancers, running or not, that this one may read; oldest first. */
  public static List<Found> all() {
    List<Found> found = new ArrayList<>();
    for (Path file : filesOfAll()) {
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
    for (Path file : filesOfAll()) {
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

  /**
   * The balancers that drain beside this one, with the same configuration: it has followed them. Of
   * whatever version they are; the first to drain first.
   */
  public static List<Draining> drainingBeside(CountersView balancer) {
    return filesOfAll().stream()
        .flatMap(file -> Header.read(file).stream())
        .filter(each -> each.pid() != balancer.pid())
        .filter(each -> each.config().equals(balancer.config()))
        .filter(Header::isAlive)
        .flatMap(each -> each.draining().stream())
        .sorted(Comparator.comparing(Draining::since))
        .toList();
  }

  /** The file of a process, whoever's it is. */
  public static Optional<Path> of(long pid) {
    try {
      return listed(base(), FOLDER + "*").stream()
          .map(folder -> folder.resolve(pid + ENDING))
          .filter(Files::exists)
          .findFirst();
    } catch (IOException e) {
      throw new CountersFileException("cannot look for counters files: " + Counters.why(e));
    }
  }
}
