package io.headrace.cli;

import io.headrace.config.Config;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.counters.Counters;
import io.headrace.counters.CountersView;
import io.headrace.monitor.Balancers;
import io.headrace.profile.ProfileComparison;
import io.headrace.profile.ProfileFiles;
import io.headrace.profile.ProgramTimes;
import io.headrace.replay.Replay;
import io.headrace.replay.ReplayOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code headrace profile}: where the time goes, as a page with pictures and as files. */
@Command(
    name = "profile",
    description = {
      "Record where the time of frames and connections goes in a running balancer, or in a replay.",
      "Writes a page with pictures, histogram logs (.hlog) and JSON into a folder."
    },
    mixinStandardHelpOptions = true)
final class ProfileCommand implements Callable<Integer> {
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
  private static final Duration LONGEST_REPLAY = Duration.ofHours(1);
  private static final int MS_PER_S = 1000;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "BALANCER",
      arity = "0..1",
      description = "Its process id, or a counters file. Default: the one that runs.")
  private Optional<String> balancer;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long. Default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "-o",
      paramLabel = "FOLDER",
      description = "Where to. Default: profile- and the time, here.")
  private Optional<Path> folder;

  @Option(
      names = "--replay",
      paramLabel = "IN.pcap",
      description = "Record the replay of a capture file, to its end, in place of a balancer.")
  private Optional<Path> capture;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "config.toml",
      description = "The configuration for --replay. Default: ${DEFAULT-VALUE}")
  private Path config;

  @Option(
      names = "--compare",
      arity = "2",
      paramLabel = "FOLDER",
      description = "Put two profiles side by side, with ratios; record nothing.")
  private List<Path> compared = List.of();

  @Option(names = "--json", description = "Print the profile, or the comparison, as JSON.")
  private boolean json;

  @Option(names = "--jfr", description = "Have the balancer's JVM record itself, too (JFR).")
  private boolean jfr;

  @Option(
      names = "--bpf",
      description = {
        "Have the kernel time the programs of flow offload, too.",
        "All BPF programs of the machine are a little slower meanwhile."
      })
  private boolean bpf;

  @Override
  public Integer call() throws Exception {
    if (seconds < 1) {
      throw new ParameterException(spec.commandLine(), "--seconds must be 1 or more");
    }
    if (jfr && capture.isPresent()) {
      throw new ParameterException(spec.commandLine(), "--jfr is for a running balancer");
    }
    if (bpf && capture.isPresent()) {
      throw new ParameterException(spec.commandLine(), "--bpf is for a running balancer");
    }
    if (!compared.isEmpty()) {
      compare();
      return 0;
    }
    Path to = folder.orElseGet(() -> Path.of("profile-" + LocalDateTime.now().format(STAMP)));
    if (capture.isPresent()) {
      recordReplay(capture.get(), to);
    } else {
      recordBalancer(to);
    }
    Failures.say("written: " + to.resolve(ProfileFiles.REPORT));
    if (json) {
      try (OutputStream out = new StandardOutput()) {
        ProfileFiles.copyJson(to, out);
      }
    }
    return 0;
  }

  private void compare() throws IOException {
    ProfileComparison comparison = new ProfileComparison(compared.get(0), compared.get(1));
    try (OutputStream out = new StandardOutput()) {
      if (json) {
        comparison.writeJson(out);
      } else {
        comparison.writeText(out);
      }
    }
  }

  private void recordBalancer(Path to) throws IOException, InterruptedException {
    CountersView view = Balancers.find(balancer);
    if (!view.isAlive()) {
      throw new CommandFailure(
          "process %d has ended: there is nothing to record; headrace stats shows its last counts"
              .formatted(view.pid()));
    }
    Files.createDirectories(to);
    if (jfr) {
      FlightRecording.start(view.pid(), seconds, to.resolve("recording.jfr"));
    }
    ProgressLine progress = ProgressLine.ofTime("profile");
    try (ProgramTimes programs = bpf ? ProgramTimes.of(view.pid()) : ProgramTimes.NONE) {
      ProfileFiles.record(
          view,
          "headrace " + view.pid() + ", " + view.config(),
          Duration.ofSeconds(seconds),
          programs,
          () -> !view.isAlive(),
          to,
          (doneMs, ofMs) -> progress.at(doneMs / MS_PER_S, ofMs / MS_PER_S));
    }
  }

  /** The replay counts in a file, as a balancer does: that has room for what it records. */
  private void recordReplay(Path in, Path to) throws Exception {
    Config read = ConfigReader.read(config, Mode.PASSTHROUGH);
    Path file = Files.createTempFile("headrace", ".counters");
    try (Counters counters = Counters.create(file, config)) {
      ReplayOptions options =
          new ReplayOptions(in, Path.of("/dev/null"), Set.of(), Map.of(), Optional.empty());
      FutureTask<Object> replay =
          new FutureTask<>(
              () -> Replay.run(read, options, counters, new ProgressLine("replay", "frames")));
      Thread.ofPlatform().daemon().name("replay").start(replay);
      ProfileFiles.record(
          counters.view(),
          "replay of " + in,
          LONGEST_REPLAY,
          ProgramTimes.NONE,
          replay::isDone,
          to,
          (_, _) -> {});
      replay.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
