package io.headrace.perf.soak;

import io.headrace.perf.compare.HeadraceProgram;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Result;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The balancer, as {@code ./headrace run} starts it, again and again. For one thread. */
final class Box {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
  private static final String IN_FORCE = "the configuration has changed and is in force";
  private static final Pattern RECOVERY =
      Pattern.compile("connections of an earlier run: (\\d+) go on; (\\d+) do not");

  private static final Pattern DROPPED = Pattern.compile("\"dropped\" : \\{([^}]*)}");

  private final Host host;
  private final Path file;
  private HostProcess process;

  private Box(Host host) {
    this.host = host;
    this.file = host.directory().resolve("config.toml");
  }

  /** Starts it for the first time. */
  static Box start(Host host, Configuration configuration) {
    Box box = new Box(host);
    box.write(configuration);
    box.start();
    return box;
  }

  /** Puts a configuration in place; a running balancer takes it at a time of its own. */
  void write(Configuration configuration) {
    try {
      Path fresh = Path.of(file + ".new");
      Files.writeString(fresh, configuration.toml(host));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new TestbedException("cannot write %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** Changes the configuration of the running balancer; returns when it is in force. */
  void reload(Configuration configuration) {
    write(configuration);
    process.awaitOutput(IN_FORCE, START_LIMIT);
  }

  /** Starts it; returns when it forwards. */
  void start() {
    List<String> line =
        new ArrayList<>(
            HeadraceProgram.ofThisCheckout().java("-Djava.io.tmpdir=" + host.directory()));
    line.addAll(List.of("run", "-p", "--config", file.toString()));
    process = host.start(line.toArray(String[]::new));
    process.awaitOutput(" ready: ", START_LIMIT);
  }

  /** SIGTERM; it has to end by itself. */
  void stop() {
    process.terminate();
    int status = process.await(STOP_LIMIT);
    if (status != 0) {
      throw new TestbedException("a stop ended with status " + status + ": " + log());
    }
  }

  /** SIGKILL. */
  void kill() {
    process.kill();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String log() {
    return process.output();
  }

  /** How many connections of an earlier run this start found, and let go on. */
  long restored() {
    return recovery(1);
  }

  /** How many it did not let go on, as their frontend or server is gone. */
  long dropped() {
    return recovery(2);
  }

  private long recovery(int group) {
    Matcher found = RECOVERY.matcher(log());
    return found.find() ? Long.parseLong(found.group(group)) : 0;
  }

  /** Whether this start found that the one before had been killed in the middle of a write. */
  boolean foundHalfAWrite() {
    return log().contains("was left in the middle of a write");
  }

  /**
   * The errors that it has logged, and what it says of a damaged flow file. That a server is down,
   * it may say: on a busy machine a check takes longer than it should.
   */
  List<String> complaints() {
    return log()
        .lines()
        .filter(
            line ->
                line.contains(" ERROR ") || line.contains(" WARN ") && line.contains("flow file"))
        .toList();
  }

  /** What may have cost time since the start, to be read beside what took long. */
  String hardships() {
    String stats = stats();
    Matcher dropped = DROPPED.matcher(stats);
    return "%d frames missed, dropped {%s}, servers down %d times"
        .formatted(
            number(stats, "missed"),
            dropped.find() ? dropped.group(1).replaceAll("[\"\\s]+", " ").strip() : "",
            log().lines().filter(line -> line.contains(" is down: ")).count());
  }

  /** The first number of that key in {@code /stats}. */
  long number(String key) {
    return number(stats(), key);
  }

  private long number(String stats, String key) {
    Matcher found = Pattern.compile("\"" + key + "\" : (\\d+)").matcher(stats);
    if (!found.find()) {
      throw new TestbedException("no %s in the statistics: %s %s".formatted(key, stats, log()));
    }
    return Long.parseLong(found.group(1));
  }

  private String stats() {
    Result answer =
        host.run(
            "curl",
            "-sSf",
            "--max-time",
            "30",
            "http://127.0.0.1:%d/stats".formatted(Configuration.STATS_PORT));
    if (!answer.ok()) {
      throw new TestbedException("no statistics: %s %s".formatted(answer.err().strip(), log()));
    }
    return answer.out();
  }

  /** Memory of the process that is in RAM, files that are mapped included, in MB. */
  long residentMb() {
    try {
      return Files.readAllLines(Path.of("/proc/%d/status".formatted(process.pid()))).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1000)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new TestbedException("the balancer is gone: " + log(), e);
    }
  }
}
