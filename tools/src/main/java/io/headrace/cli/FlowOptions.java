package io.headrace.cli;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.ControlPath;
import io.headrace.config.Mode;
import io.headrace.listing.FlowFilter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Whose connections, and which of them. */
final class FlowOptions {
  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      defaultValue = "config.toml",
      description = "The configuration of the balancer. Default: ${DEFAULT-VALUE}")
  private Path file;

  @Option(names = "--frontend", paramLabel = "NAME", description = "Only those to this frontend.")
  private Optional<String> frontend;

  @Option(
      names = "--server",
      paramLabel = "SERVER",
      description = "Only those to this server: NAME, BACKEND/NAME or ADDRESS:PORT.")
  private Optional<String> server;

  @Option(
      names = "--client",
      paramLabel = "CLIENT",
      description = "Only those of this client: ADDRESS or ADDRESS/LENGTH.")
  private Optional<String> client;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only those in this state, or in one of several: STATE,STATE.")
  private Optional<String> state;

  @Option(
      names = "--process",
      paramLabel = "PID",
      description = {
        "Those of a process that another has followed (run --upgrade), and that drains.",
        "headrace stats lists such processes."
      })
  private Optional<Long> process;

  /** Which of them, as {@link FlowFilter} has it. */
  Map<String, String> wanted() {
    Map<String, String> wanted = new LinkedHashMap<>();
    frontend.ifPresent(text -> wanted.put(FlowFilter.FRONTEND, text));
    server.ifPresent(text -> wanted.put(FlowFilter.SERVER, text));
    client.ifPresent(text -> wanted.put(FlowFilter.CLIENT, text));
    state.ifPresent(text -> wanted.put(FlowFilter.STATE, text));
    return wanted;
  }

  /** Where a balancer that runs is asked. */
  Path socket() throws ConfigException {
    return process.isPresent()
        ? ControlPath.ofDraining(file, process.get())
        : BalancerOptions.socket(file);
  }

  /** What to say when nobody listens there. */
  CommandFailure nobody() throws ConfigException {
    return process.isPresent()
        ? FlowAnswers.doesNotDrain(process.get())
        : new CommandFailure("no balancer that you may control listens on " + socket());
  }

  /** Whoever knows them. */
  FlowAnswers answers() throws ConfigException {
    Config config = ConfigReader.read(file, Mode.PASSTHROUGH);
    return new FlowAnswers(config, socket(), process, wanted());
  }
}
