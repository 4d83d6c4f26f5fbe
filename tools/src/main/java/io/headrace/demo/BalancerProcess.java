package io.headrace.demo;

import io.headrace.cli.CommandFailure;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * {@code headrace run} on a host of the testbed: this very java, with the same options and class
 * path. For one thread.
 */
final class BalancerProcess {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final int LAST_LINES = 10;

  /**
   * A mount namespace of its own it has from {@code ip netns exec}, so no other program sees it.
   */
  private static final String OWN_RUN = "mount --bind \"$1\" /run && shift && exec \"$@\"";

  private final Host host;
  private final Path config;
  private final Path scratch;
  private final InetSocketAddress statistics;
  private Optional<HostProcess> process = Optional.empty();

  /**
   * @param scratch an existing directory that takes the place of {@code /run} and {@code /tmp} for
   *     it: the state that it would keep on the machine goes with the testbed
   * @param statistics where {@code /stats} is, on the host
   */
  BalancerProcess(Host host, Path config, Path scratch, InetSocketAddress statistics) {
    this.host = host;
    this.config = config;
    this.scratch = scratch;
    this.statistics = statistics;
  }

  /** Starts it. Returns when it forwards. */
  void start() {
    HostProcess started = host.start(command());
    process = Optional.of(started);
    try {
      started.awaitOutput("ready:", START_LIMIT);
    } catch (TestbedException e) {
      throw new CommandFailure("the balancer did not start");
    }
  }

  /**
   * Lets time go by.
   *
   * @throws CommandFailure as soon as the balancer ends: nothing that needs it is worth a wait
   */
  void live(long millis) {
    if (process.orElseThrow().endsWithin(Duration.ofMillis(millis))) {
      throw new CommandFailure("the balancer has ended");
    }
  }

  /** What it said last, for the one who looks for a failure; nothing before the first start. */
  List<String> lastLines() {
    List<String> lines = process.map(HostProcess::output).orElse("").lines().toList();
    return lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
  }

  private String[] command() {
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", OWN_RUN, "sh", scratch.toString(), java()));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-Djava.io.tmpdir=" + scratch);
    command.add("-Djna.tmpdir=" + scratch);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.headrace.cli.Headrace", "run", "-p"));
    command.addAll(List.of("--config", config.toString()));
    return command.toArray(String[]::new);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Has it stop as an operator would (SIGTERM). Returns when it is gone. */
  void stop() {
    process.orElseThrow().stop();
  }

  /** Reads {@code /stats}. */
  BalancerStats stats() throws InterruptedException {
    live(0);
    FutureTask<String> request =
        new FutureTask<>(
            () -> {
              try (HttpConnection connection = new HttpConnection(statistics)) {
                connection.connect();
                return connection.get("/stats", false);
              }
            });
    host.threads().newThread(request).start();
    try {
      return BalancerStats.parse(request.get());
    } catch (ExecutionException | IOException e) {
      throw new CommandFailure(
          "the balancer does not answer on %s: %s".formatted(statistics, e.getMessage()));
    }
  }
}
