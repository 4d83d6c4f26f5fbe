package io.headrace.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code headrace} command. */
@Command(
    name = "headrace",
    description = "A layer-4 load balancer for one Linux box.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class Headrace implements Runnable {

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Headrace()).execute(arguments));
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }
}
