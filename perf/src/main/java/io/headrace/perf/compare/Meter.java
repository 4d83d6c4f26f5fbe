package io.headrace.perf.compare;

import io.headrace.testbed.HostProcess;
import java.time.Duration;
import java.util.Optional;

/** The measured part of a run: what the machine does from here on. For one thread. */
final class Meter {
  private final Optional<HostProcess> program;
  private final Duration programCpu;
  private final CpuTimes cpu = CpuTimes.now();
  private final long startNs = System.nanoTime();

  Meter() {
    this(Optional.empty());
  }

  /**
   * @param program whose part is told, too
   */
  Meter(Optional<HostProcess> program) {
    this.program = program;
    this.programCpu = cpuOf(program);
  }

  /**
   * What has passed since the start.
   *
   * @param programCpu processor time of the program, zero where there is none
   */
  record Reading(CpuTimes cpu, double seconds, Duration programCpu) {}

  Reading read() {
    return new Reading(
        CpuTimes.now().since(cpu),
        (System.nanoTime() - startNs) / 1e9,
        cpuOf(program).minus(programCpu));
  }

  private static Duration cpuOf(Optional<HostProcess> program) {
    return program.map(HostProcess::cpuTime).orElse(Duration.ZERO);
  }
}
