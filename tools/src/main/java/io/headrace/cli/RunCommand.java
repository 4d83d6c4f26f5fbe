package io.headrace.cli;

import io.headrace.balancer.Balancer;
import io.headrace.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
  private Path file;

  @Mixin private ModeOptions mode;

  @Option(
      names = "--purge",
      description = {
        "At the stop, give up the kernel guard and the reserved ports at once.",
        "Default: with live connections they last for restart_grace, so that a restart loses none."
      })
  private boolean purge;

  @Override
  public Integer call() throws Exception {
    Balancer balancer =
        Balancer.start(file, mode.chosen(), ConfigReader.read(file, mode.chosen()), purge);
    // The JVM ends when the hook does: what is after it in this method may not run.
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(balancer::close));
    Thread.sleep(Duration.ofNanos(Long.MAX_VALUE));
    return 0;
  }
}
