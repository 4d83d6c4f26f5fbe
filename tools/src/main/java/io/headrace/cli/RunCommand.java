package io.headrace.cli;

import io.headrace.balancer.Balancer;
import io.headrace.log.Log;
import io.headrace.supervisor.Supervisor;
import io.headrace.upgrade.Predecessor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headrace run}: the balancer, until it is told to stop (SIGTERM, SIGINT). */
@Command(
    name = "run",
    description = {
      "Run the balancer, until SIGTERM or Ctrl-C.",
      "A change of its configuration is applied at once."
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Mixin private ConfigFile config;

  @Mixin private ModeOptions mode;

  @Option(
      names = "--purge",
      description = {
        "At the stop, give up the kernel guard and the reserved ports at once.",
        "Default: with live connections they last for restart_grace, so that a restart loses none."
      })
  private boolean purge;

  @Option(
      names = "--upgrade",
      description = {
        "Follow the process that runs with this FILE: take its listening sockets over, so that",
        "nobody is refused; it keeps the connections it has, for drain_timeout at most."
      })
  private boolean upgrade;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "What a line of the log looks like: ${COMPLETION-CANDIDATES}. Default: text")
  private Log.Format logFormat;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description = {
        "What is logged: ${COMPLETION-CANDIDATES}. Default: info",
        "headrace log-level changes it while the balancer runs."
      })
  private Log.Verbosity logLevel;

  private final Supervisor supervisor =
      Supervisor.of(System.getenv(), ProcessHandle.current().pid());

  /** Whether it ends by itself: then the exit status is there already. */
  private volatile boolean failed;

  @Override
  public Integer call() throws Exception {
    Log.format(logFormat);
    Log.verbosity(logLevel);
    Path file = config.path();
    Optional<Predecessor> before = upgrade ? predecessor(file) : Optional.empty();
    CompletableFuture<Balancer> starting = new CompletableFuture<>();
    // A stop waits for the start: what is half put up cannot be taken down in good order.
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> stop(starting)));
    Signals.on("HUP", () -> starting.thenAccept(Balancer::reload));
    try {
      starting.complete(Balancer.start(file, mode.chosen(), purge, before));
    } finally {
      starting.cancel(false);
      if (before.isPresent()) {
        before.get().close();
      }
    }
    Balancer balancer = starting.join();
    supervisor.ready(balancer::isAlive);
    Optional<String> reason = balancer.awaitEnd();
    if (reason.isPresent()) {
      failed = true;
      throw new CommandFailure(reason.get());
    }
    // Another process has followed; the stop lets the connections end that this one has.
    return ExitCode.OK;
  }

  private static Optional<Predecessor> predecessor(Path file) {
    try {
      Optional<Predecessor> found = Predecessor.find(file);
      if (found.isEmpty()) {
        Failures.say("no process runs with " + file + ": this one is the first");
      }
      return found;
    } catch (IOException e) {
      throw new CommandFailure("the running process does not hand over: " + e.getMessage());
    }
  }

  private void stop(CompletableFuture<Balancer> starting) {
    starting.exceptionally(_ -> null).thenAccept(this::stop).join();
  }

  private void stop(Balancer started) {
    if (started == null) {
      return;
    }
    supervisor.stopping();
    Signals.on("TERM", started::hurry);
    Signals.on("INT", started::hurry);
    boolean clean = started.stop();
    if (!failed) {
      // Java would end with the signal's status, and to be told to stop is no failure.
      Runtime.getRuntime().halt(clean ? ExitCode.OK : ExitCode.SOFTWARE);
    }
  }
}
