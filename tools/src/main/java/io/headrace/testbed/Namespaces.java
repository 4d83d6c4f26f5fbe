package io.headrace.testbed;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Named network namespaces as iproute2 keeps them: a namespace is a file in {@code /run/netns} that
 * its nsfs inode is mounted on (ip-netns(8)). Everything here goes through the {@code ip} command
 * or {@code /proc}.
 */
final class Namespaces {
  private static final Path NAMED = Path.of("/run/netns");

  /**
   * Where a balancer keeps its claim, by the inode's number: {@link io.headrace.link.HostClaim}.
   */
  private static final Path CLAIMS = Path.of("/run/headrace");

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int ROUNDS = 100;

  private Namespaces() {}

  /**
   * Runs many {@code ip} commands in one process.
   *
   * @throws TestbedException at the first that fails, with what ip said about it
   */
  static void batch(Path scratch, List<String> options, List<String> lines) {
    try {
      Path file = Files.createTempFile(scratch, "ip", ".batch");
      Files.write(file, lines);
      List<String> command = new ArrayList<>(List.of("ip"));
      command.addAll(options);
      command.addAll(List.of("-batch", file.toString()));
      Result result = Command.run(scratch, LIMIT, command);
      Files.delete(file);
      if (!result.ok()) {
        throw new TestbedException(
            "cannot build the network: %s"
                .formatted(result.err().strip().replaceAll("\\s*\n\\s*", "; ")));
      }
    } catch (IOException e) {
      throw new TestbedException("cannot write to %s: %s".formatted(scratch, e.getMessage()), e);
    }
  }

  /** The names that begin with a prefix. */
  static List<Path> named(String prefix) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(NAMED)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(NAMED, prefix + "*")) {
        files.forEach(found::add);
      } catch (IOException e) {
        throw new TestbedException("cannot list %s: %s".formatted(NAMED, e.getMessage()), e);
      }
    }
    return found;
  }

  /**
   * Kills every process that runs in one of these namespaces, and removes them. One that is gone
   * already is no error.
   */
  static void remove(Path scratch, List<Path> namespaces) {
    if (namespaces.isEmpty()) {
      return;
    }
    killIn(namespaces);
    removeClaims(namespaces);
    List<String> lines =
        namespaces.stream().map(file -> "netns delete " + file.getFileName()).toList();
    // With -force the batch goes on after a failure; two cleaners may meet.
    try {
      batch(scratch, List.of("-force"), lines);
    } catch (TestbedException e) {
      List<Path> left = namespaces.stream().filter(Files::exists).toList();
      if (!left.isEmpty()) {
        throw new TestbedException("cannot remove %s: %s".formatted(left, e.getMessage()), e);
      }
    }
  }

  /** A process may fork while the list is read, so it is read until it comes out empty. */
  private static void killIn(List<Path> namespaces) {
    Set<String> inodes = inodes(namespaces);
    for (int round = 0; round < ROUNDS; round++) {
      List<ProcessHandle> inside =
          ProcessHandle.allProcesses()
              .filter(process -> process.pid() != ProcessHandle.current().pid())
              .filter(process -> inodes.contains(namespaceOf(process)))
              .toList();
      if (inside.isEmpty()) {
        return;
      }
      inside.forEach(ProcessHandle::destroyForcibly);
      Pause.millis(10);
    }
  }

  /** What a killed balancer keeps of its claim on a namespace would be found by another's. */
  private static void removeClaims(List<Path> namespaces) {
    for (String inode : inodes(namespaces)) {
      try {
        Leftovers.removeTree(CLAIMS.resolve(inode));
      } catch (IOException e) {
        throw new TestbedException("cannot tidy up %s: %s".formatted(CLAIMS, e.getMessage()), e);
      }
    }
  }

  private static Set<String> inodes(List<Path> namespaces) {
    Set<String> inodes = new HashSet<>();
    for (Path file : namespaces) {
      try {
        inodes.add(String.valueOf(Files.getAttribute(file, "unix:ino")));
      } catch (IOException e) {
        // Another cleaner has just removed it: there is nothing left to kill in it.
        continue;
      }
    }
    return inodes;
  }

  /** The inode's number; empty for a process that has just ended. */
  private static String namespaceOf(ProcessHandle process) {
    try {
      Path link = Files.readSymbolicLink(Path.of("/proc/%d/ns/net".formatted(process.pid())));
      return link.toString().replaceAll("\\D", "");
    } catch (IOException e) {
      return "";
    }
  }
}
