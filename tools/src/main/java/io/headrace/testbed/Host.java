package io.headrace.testbed;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Stream;

/**
 * A machine of the testbed: a network namespace with its interfaces. It shares the file system.
 * Safe for several threads.
 */
public final class Host {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String BUFFER_KIB = "16384";

  private final String name;
  private final String namespace;
  private final List<Arm> arms;
  private final Path directory;
  private final List<Process> children = new ArrayList<>();
  private boolean closed;

  Host(String name, String namespace, List<Arm> arms, Path directory) {
    this.name = name;
    this.namespace = namespace;
    this.arms = List.copyOf(arms);
    this.directory = directory;
  }

  /** Such as {@code client}, {@code balancer} or {@code server1}. */
  public String name() {
    return name;
  }

  /** The namespace's name, as {@code ip netns} shows it. */
  public String namespace() {
    return namespace;
  }

  /** The interfaces; the balancer of a two-arm testbed has two, the clients' side first. */
  public List<Arm> arms() {
    return arms;
  }

  /** The IPv4 address of the first arm. */
  public String address() {
    return arms.getFirst().address();
  }

  /** The IPv6 address of the first arm. */
  public String ipv6() {
    return arms.getFirst().ipv6();
  }

  /**
   * A directory of this host's own, for configurations and the like; it goes when the testbed is
   * closed.
   */
  public Path directory() {
    return directory;
  }

  /**
   * Runs a command on this host and waits for its end, at most 60 s.
   *
   * @throws TestbedException if it cannot be started or does not end in time; a failing exit status
   *     is a result
   */
  public Result run(String... command) {
    return run(LIMIT, command);
  }

  /** As {@link #run(String...)}, with a limit of its own. */
  public Result run(Duration limit, String... command) {
    return Command.run(this::fork, directory, limit, inside(command));
  }

  /**
   * Starts a program on this host and leaves it running. It should stay in the foreground.
   *
   * @throws TestbedException if it cannot be started
   */
  public HostProcess start(String... command) {
    try {
      Path log = Files.createTempFile(directory, Path.of(command[0]).getFileName() + "-", ".log");
      Process process =
          fork(
              new ProcessBuilder(inside(command))
                  .redirectInput(new File("/dev/null"))
                  .redirectErrorStream(true)
                  .redirectOutput(log.toFile()));
      return new HostProcess("%s on %s".formatted(command[0], name), process, log);
    } catch (IOException e) {
      throw new TestbedException(
          "cannot start %s on %s: %s".formatted(command[0], name, e.getMessage()), e);
    }
  }

  /**
   * A child is not in the namespace at once, so that for a moment nobody would find it there: it is
   * either on the list when {@link #stopAll} reads that, or it is not started.
   */
  private synchronized Process fork(ProcessBuilder command) throws IOException {
    if (closed) {
      throw new TestbedException("%s is being removed".formatted(name));
    }
    children.removeIf(child -> !child.isAlive());
    Process child = command.start();
    children.add(child);
    return child;
  }

  /**
   * Makes threads of this JVM that are on this host: what sockets they open are there. Nothing else
   * of the host is theirs, and they do not end with the testbed.
   */
  public ThreadFactory threads() {
    return new NamespaceThreads(namespace);
  }

  /**
   * Records the frames that cross one interface into a capture file, until it is stopped. Returns
   * when the recording has begun.
   *
   * @throws TestbedException if tcpdump does not start
   */
  public HostProcess capture(Arm arm, Path file) {
    // Each frame is handed over and written at once. Debian's tcpdump would give up root, and with
    // it access to the file.
    List<String> command =
        List.of(
            "tcpdump",
            "--immediate-mode",
            "-U",
            "-B",
            BUFFER_KIB,
            "-Z",
            "root",
            "-n",
            "-i",
            arm.device(),
            "-w");
    HostProcess tcpdump =
        start(
            Stream.concat(command.stream(), Stream.of(file.toAbsolutePath().toString()))
                .toArray(String[]::new));
    tcpdump.awaitOutput("listening on", Duration.ofSeconds(10));
    return tcpdump;
  }

  /** Ends every program that runs, and lets none start any more. */
  void stopAll() {
    close().forEach(HostProcess::stop);
  }

  private synchronized List<Process> close() {
    closed = true;
    return List.copyOf(children);
  }

  /**
   * {@code ip netns exec} replaces itself by the command, so the process that is started is the
   * command's own.
   */
  private List<String> inside(String... command) {
    List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    line.addAll(List.of(command));
    return line;
  }

  @Override
  public String toString() {
    return name;
  }
}
