package io.headrace.profile;

import io.headrace.bpf.BpfException;
import io.headrace.bpf.BpfProgram;
import io.headrace.bpf.ProgramRuns;
import io.headrace.bpf.RunTimes;
import io.headrace.cli.CommandFailure;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How long the programs of a balancer's flow offload run in the kernel, where that is asked for.
 */
public final class ProgramTimes implements AutoCloseable {
  /** It is not asked for. */
  public static final ProgramTimes NONE = new ProgramTimes(Optional.empty(), 0);

  private static final Map<BpfProgram.Kind, String> NAMES =
      Map.of(
          BpfProgram.Kind.SOCKET_FILTER, "filter",
          BpfProgram.Kind.TRAFFIC_CONTROL, "nat");

  private final Optional<RunTimes> times;
  private final long pid;
  private final Map<BpfProgram.Kind, ProgramRuns> taken;

  private ProgramTimes(Optional<RunTimes> times, long pid) {
    this.times = times;
    this.pid = pid;
    this.taken = new LinkedHashMap<>();
  }

  /**
   * Has the kernel time them until this is closed.
   *
   * @param pid the balancer's
   * @throws CommandFailure when it does not, or the balancer has none
   */
  public static ProgramTimes of(long pid) {
    try {
      RunTimes times = RunTimes.measure();
      if (times.of(pid).isEmpty()) {
        times.close();
        throw new CommandFailure(
            "process " + pid + " has no programs in the kernel: it does not offload flows");
      }
      return new ProgramTimes(Optional.of(times), pid);
    } catch (BpfException | IOException e) {
      throw new CommandFailure(e.getMessage());
    }
  }

  /** What has run since the last call, by name; nothing of a balancer that has ended. */
  Map<String, ProgramRuns> take() {
    Map<String, ProgramRuns> since = new LinkedHashMap<>();
    now()
        .forEach(
            (kind, runs) -> {
              ProgramRuns before = taken.getOrDefault(kind, ProgramRuns.NONE);
              since.put(NAMES.get(kind), runs.since(before));
              taken.put(kind, runs);
            });
    return since;
  }

  private Map<BpfProgram.Kind, ProgramRuns> now() {
    try {
      return times.isPresent() ? times.get().of(pid) : Map.of();
    } catch (IOException e) {
      return Map.of();
    }
  }

  @Override
  public void close() {
    times.ifPresent(RunTimes::close);
  }
}
