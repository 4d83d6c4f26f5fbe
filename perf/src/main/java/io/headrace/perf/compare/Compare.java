package io.headrace.perf.compare;

import io.headrace.testbed.Prerequisites;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command {@code perf/compare}. Exit status: 0 done, 1 something failed, 2 wrong usage.
 * Progress and errors go to standard error, tables to standard output.
 */
@Command(
    name = "perf/compare",
    description = {
      "Measure Headrace and its peers side by side, in network namespaces of this machine.",
      "Needs root, and leaves nothing behind. For figures that mean something, let nothing else run.",
      "",
      "Scenarios:"
    },
    sortOptions = false)
public final class Compare implements Callable<Integer> {
  private static final String EVERYTHING = "all";
  private static final int USAGE_WIDTH = 100;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this.")
  private boolean help;

  @Parameters(
      paramLabel = "SCENARIO",
      arity = "1..*",
      description = "What to measure; all: everything.")
  private List<String> names;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "In each, every contestant runs once. Default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "4",
      description = "Measured in each run. Default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "--warmup",
      paramLabel = "S",
      defaultValue = "8",
      description =
          "Load that is not measured, before each run of Headrace; others get 1 s at most. Default: ${DEFAULT-VALUE}")
  private int warmup;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description = "Only contestants with such a word in their name: haproxy,packet/shared")
  private List<String> only = List.of();

  @Option(names = "--json", paramLabel = "FILE", description = "Write all there is as JSON.")
  private Optional<Path> json;

  @Option(names = "--picture", paramLabel = "FILE", description = "Draw the medians as SVG.")
  private Optional<Path> picture;

  public static void main(String[] arguments) {
    CommandLine command = new CommandLine(new Compare());
    command.setUsageHelpWidth(USAGE_WIDTH);
    command.setExecutionExceptionHandler((failure, _, _) -> failed(failure));
    // The scenarios, behind the description.
    command
        .getHelpSectionMap()
        .put(
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_DESCRIPTION,
            help -> help.description() + scenarios());
    System.exit(command.execute(arguments));
  }

  private static String scenarios() {
    StringBuilder lines = new StringBuilder();
    Scenarios.ALL.forEach(
        each -> lines.append("  %-12s %s%n".formatted(each.name(), each.description())));
    return lines.append(System.lineSeparator()).toString();
  }

  private static int failed(Exception failure) {
    say(failure.getMessage() == null ? failure.toString() : failure.getMessage());
    return ExitCode.SOFTWARE;
  }

  private static void say(String line) {
    System.err.println("headrace: " + line);
  }

  @Override
  public Integer call() throws Exception {
    Timing timing = timing();
    List<Scenario> scenarios = chosen();
    requireContestants(scenarios);
    List<String> missing = Prerequisites.missing();
    if (!missing.isEmpty()) {
      missing.forEach(each -> say("missing: " + each));
      return ExitCode.SOFTWARE;
    }
    Machine machine = Machine.ofThis();
    System.out.println(machine.text());
    Rounds runner = new Rounds(timing, System.err);
    List<Results> all = new ArrayList<>();
    // So that a wrong path is known before the work.
    write(machine, timing, all);
    for (Scenario scenario : scenarios) {
      List<String> running = contestants(scenario);
      if (!running.isEmpty()) {
        Results results = runner.run(scenario, running);
        all.add(results);
        System.out.println();
        System.out.print(ResultText.of(results, timing));
        // After each, so that an end before its time leaves what there is.
        write(machine, timing, all);
      }
    }
    return tellFailures(all) ? ExitCode.SOFTWARE : ExitCode.OK;
  }

  private Timing timing() {
    if (rounds < 1 || seconds < 1 || warmup < 0) {
      throw new ParameterException(
          spec.commandLine(), "--rounds and --seconds start at 1, --warmup at 0");
    }
    return new Timing(rounds, seconds, warmup);
  }

  private List<Scenario> chosen() {
    Set<String> unknown = new LinkedHashSet<>(names);
    Scenarios.ALL.forEach(scenario -> unknown.remove(scenario.name()));
    boolean everything = unknown.remove(EVERYTHING);
    if (!unknown.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "no such scenario: " + String.join(", ", unknown));
    }
    return Scenarios.ALL.stream()
        .filter(scenario -> everything || names.contains(scenario.name()))
        .toList();
  }

  private List<String> contestants(Scenario scenario) {
    return scenario.contestants().stream()
        .filter(name -> only.isEmpty() || only.stream().anyMatch(name::contains))
        .toList();
  }

  private void requireContestants(List<Scenario> scenarios) {
    for (String word : only) {
      if (scenarios.stream()
          .flatMap(each -> each.contestants().stream())
          .noneMatch(name -> name.contains(word))) {
        throw new ParameterException(
            spec.commandLine(), "--only: no contestant has a name like " + word);
      }
    }
  }

  private void write(Machine machine, Timing timing, List<Results> all) throws IOException {
    if (json.isPresent()) {
      write(json.get(), ResultJson.of(machine, timing, all));
    }
    if (picture.isPresent()) {
      write(picture.get(), Picture.of(machine, timing, all));
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (NoSuchFileException e) {
      throw new TestbedException("cannot write %s: there is no such directory".formatted(file), e);
    } catch (IOException e) {
      throw new TestbedException("cannot write %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static boolean tellFailures(List<Results> all) {
    for (Results results : all) {
      results
          .failures()
          .forEach(
              (contestant, reason) ->
                  say("%s, %s: %s".formatted(results.scenario().name(), contestant, reason)));
    }
    return all.stream().anyMatch(results -> !results.failures().isEmpty());
  }
}
