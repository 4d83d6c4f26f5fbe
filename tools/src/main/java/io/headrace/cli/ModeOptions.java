package io.headrace.cli;

import io.headrace.config.Mode;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Convey's flags for the mode of the frontends that name none. */
final class ModeOptions {
  @ArgGroup(exclusive = true)
  private Choice choice = new Choice();

  private static final class Choice {
    @Option(
        names = {"-p", "--passthrough"},
        description = "Frontends without a mode of their own are passthrough, in place of proxy.")
    private boolean passthrough;

    @Option(
        names = {"-d", "--dsr"},
        description = "Frontends without a mode of their own are direct server return.")
    private boolean dsr;
  }

  Mode chosen() {
    if (choice.passthrough) {
      return Mode.PASSTHROUGH;
    }
    return choice.dsr ? Mode.DSR : Mode.PROXY;
  }
}
