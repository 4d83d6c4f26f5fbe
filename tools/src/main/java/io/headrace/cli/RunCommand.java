package io.headrace.cli;

import io.headrace.balancer.Balancer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code headrace run}: the balancer, until it is told to stop (SIGTERM, SIGINT). */
@Command(
    name = "run",
    description = "Run the balancer, until SIGTERM or Ctrl-C.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "config.toml",
      description =
          "The configuration; a change of it is applied at once. Default: ${DEFAULT-VALUE}")
  private Path configured;

  @Parameters(paramLabel = "FILE", arity = "0..1", description = "The same, in place of --config.")
  private Optional<Path> named;

  @Spec private CommandSpec spec;

  @Mixin private ModeOptions mode;

  @Option(
      names = "--purge",
      description = {
        "At the stop, give up the kernel guard and the reserved ports at once.",
        "Default: with live connections they last for restart_grace, so that a restart loses none."
      })
  private boolean purge;

  /** Whether it ends by itself: then the exit status is there already. */
  private volatile boolean failed;

  @Override
  public Integer call() throws Exception {
    Path file = file();
    CompletableFuture<Balancer> starting = new CompletableFuture<>();
    // A stop waits for the start: what is half put up cannot be taken down in good order.
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> stop(starting)));
    try {
      starting.complete(Balancer.start(file, mode.chosen(), purge));
    } finally {
      starting.cancel(false);
    }
    Balancer balancer = starting.join();
    Signals.on("HUP", balancer::reload);
    String reason = balancer.awaitEnd();
    failed = true;
    throw new CommandFailure(reason);
  }

  private Path file() {
    if (named.isPresent() && spec.commandLine().getParseResult().hasMatchedOption("--config")) {
      throw new ParameterException(
          spec.commandLine(), "a FILE and --config are the same; leave one out");
    }
    return named.orElse(configured);
  }

  private void stop(CompletableFuture<Balancer> starting) {
    starting.exceptionally(_ -> null).thenAccept(this::stop).join();
  }

  private void stop(Balancer started) {
    if (started == null) {
      return;
    }
    Signals.on("TERM", started::hurry);
    Signals.on("INT", started::hurry);
    boolean clean = started.stop();
    if (!failed) {
      // Java would end with the signal's status, and to be told to stop is no failure.
      Runtime.getRuntime().halt(clean ? ExitCode.OK : ExitCode.SOFTWARE);
    }
  }
}
