package io.headrace.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Has the kernel time the runs of all programs of this machine until it is closed (Linux 5.8),
 * which costs each run two readings of the clock, and reads the times of those of one process. Any
 * thread.
 */
public final class RunTimes implements AutoCloseable {
  private static final Pattern LINE = Pattern.compile("(\\w+):\\t(\\d+)");

  private final int descriptor;

  private RunTimes(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Begins.
   *
   * @throws BpfException when the kernel refuses
   */
  public static RunTimes measure() {
    // All arguments are 0: the type of statistics is the run time.
    int descriptor = new BpfCall().clear().call(BpfCall.ENABLE_STATS);
    if (descriptor < 0) {
      String action = "timing BPF programs";
      throw -descriptor == BpfCall.EPERM
          ? new BpfException(action + ": it takes the capability CAP_SYS_ADMIN")
          : BpfCall.failure(action, -descriptor);
    }
    return new RunTimes(descriptor);
  }

  /**
   * What a process's programs have run for since they were loaded, while anybody measured, by kind.
   *
   * @throws IOException when it has ended, or is not for us to look at
   */
  public Map<BpfProgram.Kind, ProgramRuns> of(long pid) throws IOException {
    Map<BpfProgram.Kind, ProgramRuns> all = new EnumMap<>(BpfProgram.Kind.class);
    Path directory = Path.of("/proc", Long.toString(pid), "fdinfo");
    List<Path> files;
    try (Stream<Path> listed = Files.list(directory)) {
      files = listed.toList();
    }
    for (Path each : files) {
      Map<String, Long> fields = fields(each);
      for (BpfProgram.Kind kind : BpfProgram.Kind.values()) {
        if (fields.getOrDefault("prog_type", 0L) == kind.number()) {
          ProgramRuns runs =
              new ProgramRuns(
                  fields.getOrDefault("run_cnt", 0L), fields.getOrDefault("run_time_ns", 0L));
          all.merge(kind, runs, ProgramRuns::plus);
        }
      }
    }
    return all;
  }

  private static Map<String, Long> fields(Path descriptor) throws IOException {
    Map<String, Long> fields = new HashMap<>();
    try {
      for (String line : Files.readAllLines(descriptor)) {
        Matcher found = LINE.matcher(line);
        if (found.matches()) {
          fields.put(found.group(1), Long.valueOf(found.group(2)));
        }
      }
    } catch (NoSuchFileException e) {
      return Map.of();
    }
    return fields;
  }

  @Override
  public void close() {
    BpfCall.close(descriptor);
  }
}
