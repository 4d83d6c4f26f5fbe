package io.headrace.demo;

import io.headrace.cli.CommandFailure;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Testbed;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The demo on a network of its own, from its making to the report. */
public final class Demo {
  private Demo() {}

  /**
   * Plays it all. When this returns or throws, nothing is left of it but the capture file.
   *
   * @throws io.headrace.testbed.TestbedException when this machine cannot do what it takes
   * @throws io.headrace.cli.CommandFailure when a part does not do what it should
   */
  public static Report run(DemoOptions options, Progress progress)
      throws IOException, InterruptedException {
    options.check();
    Report report = onNetwork(options, progress);
    progress.end("everything is removed");
    return report;
  }

  private static Report onNetwork(DemoOptions options, Progress progress)
      throws IOException, InterruptedException {
    progress.begin("network");
    try (Testbed bed = Testbed.oneArm(Scene.SERVERS)) {
      progress.end(
          "client %s, balancer %s, on one switch"
              .formatted(bed.client().address(), bed.balancer().address()));
      progress.begin("servers");
      Scene scene = Scene.set(bed, options);
      progress.end("nginx on " + String.join(", ", scene.names().stream().sorted().toList()));
      Report report = playOrTell(scene, options, progress);
      progress.begin("end");
      return report;
    }
  }

  /** The balancer's log goes with the network, and is what a failure is looked for in. */
  private static Report playOrTell(Scene scene, DemoOptions options, Progress progress)
      throws IOException, InterruptedException {
    try {
      return play(scene, options, progress);
    } catch (CommandFailure | TestbedException e) {
      throw new CommandFailure(
          Stream.concat(Stream.of(e.getMessage()), scene.balancer().lastLines().stream())
              .collect(Collectors.joining("\n  balancer: ")));
    }
  }

  private static Report play(Scene scene, DemoOptions options, Progress progress)
      throws IOException, InterruptedException {
    Optional<HostProcess> capture =
        options
            .pcap()
            .map(
                file ->
                    scene.bed().balancer().capture(scene.bed().balancer().arms().getFirst(), file));
    progress.begin("balancer");
    scene.balancer().start();
    progress.end("ready");
    LatencyPhase.Result latency = new LatencyPhase(scene, progress).run();
    BalancerStats steady = scene.balancer().stats();
    Outage outage = new OutagePhase(scene, progress).run();
    RestartPhase.Result restart = new RestartPhase(scene, progress).run();
    // What wrk sends would fill a disk.
    capture.ifPresent(HostProcess::stop);
    FlatOutPhase.Result flatOut = new FlatOutPhase(scene, progress).run();
    return new Report(
        options,
        latency,
        outage,
        restart.restart(),
        flatOut,
        steady.stages(),
        scene.balancer().stats().after(restart.first()),
        scene.balancer().lastLines());
  }
}
