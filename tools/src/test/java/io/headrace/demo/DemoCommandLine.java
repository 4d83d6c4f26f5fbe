package io.headrace.demo;

import io.headrace.cli.Headrace;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code headrace demo} as a process, with this java and its options. */
final class DemoCommandLine {
  private DemoCommandLine() {}

  static ProcessBuilder of(List<String> javaOptions, String... options) {
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(javaOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Headrace.class.getName(), "demo"));
    command.addAll(List.of(options));
    return new ProcessBuilder(command);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
