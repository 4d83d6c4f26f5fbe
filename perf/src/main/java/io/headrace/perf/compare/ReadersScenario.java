package io.headrace.perf.compare;

import io.headrace.counters.Counters;
import io.headrace.counters.CountersFiles;
import io.headrace.perf.MemoryPipeline;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What those who read the counters file cost the pipeline that writes it: the pipeline in memory on
 * one core, and on another {@code top}, {@code stats --watch} and {@code profile} themselves
 * ({@link ReadingTools}), or three processes that read the same again and again without a rest
 * ({@link CountersReader}). They share nothing with it but the file.
 */
final class ReadersScenario implements Scenario {
  private static final String NOBODY = "nobody reads";
  private static final String TOOLS = "the tools";
  private static final String WITHOUT_REST = "three without a rest";

  /** By time of the processor, as the machine may be busy. */
  private static final Figure FRAMES =
      new Figure("frames_per_cpu_second", "frames", "per second of CPU", 0, true);

  private static final Figure READINGS =
      new Figure("readings_per_second", "readings", "per second", 0, true);

  private static final Figure CPU =
      new Figure("readers_core_percent", "readers' CPU", "% of a core", 1, false);

  private static final int FLOWS = 100_000;
  private static final int BATCH = 4096;

  @Override
  public String name() {
    return "readers";
  }

  @Override
  public String description() {
    return "the pipeline in memory, while the tools read its counters file, or three without a rest";
  }

  @Override
  public List<Figure> figures() {
    return List.of(FRAMES, READINGS, CPU);
  }

  @Override
  public List<String> contestants() {
    return List.of(NOBODY, TOOLS, WITHOUT_REST);
  }

  @Override
  public List<String> peers() {
    return List.of(NOBODY);
  }

  @Override
  public Sample measure(String contestant, Timing timing) {
    try {
      Path file = Files.createTempFile(CountersFiles.base(), "headrace", ".counters");
      try (Counters counters = Counters.create(file, Path.of("none"))) {
        return on(Cores.FORWARDER, () -> measure(file, counters, contestant, timing));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Sample measure(Path file, Counters counters, String contestant, Timing timing)
      throws Exception {
    int warmup = timing.warmup(true);
    try (MemoryPipeline pipeline = new MemoryPipeline(FLOWS, false, counters);
        Readers readers =
            on(Cores.GENERATOR, () -> Readers.start(contestant, file, warmup + timing.seconds()))) {
      forward(pipeline, warmup);
      Meter meter = new Meter();
      double before = readers.cpuSeconds();
      Map<Figure, Double> values = new HashMap<>();
      values.put(FRAMES, forward(pipeline, timing.seconds()));
      double after = readers.cpuSeconds();
      double steal = meter.read().cpu().stealShare();
      if (readers.isAny()) {
        values.put(CPU, 100 * (after - before) / timing.seconds());
      }
      readers.perSecond().ifPresent(readings -> values.put(READINGS, readings));
      return new Sample(values, steal);
    }
  }

  /** Frames for each second that the thread had a processor. */
  private static double forward(MemoryPipeline pipeline, int seconds) throws Exception {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    long start = threads.getCurrentThreadCpuTime();
    long frames = 0;
    while (System.nanoTime() < end) {
      pipeline.run(BATCH);
      frames += BATCH;
    }
    return frames * 1e9 / (threads.getCurrentThreadCpuTime() - start);
  }

  /** On a thread that stays on a core, as do the programs that it starts. */
  private static <T> T on(int core, Callable<T> work) {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              Cores.pin(core);
              return work.call();
            });
    Thread.ofPlatform().start(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new TestbedException(e.getCause().toString(), e.getCause());
    }
  }

  /**
   * Processes that read until they are closed.
   *
   * @param tell whether they tell how often they have read
   * @param folder for what they write
   */
  private record Readers(List<Process> processes, boolean tell, Path folder)
      implements AutoCloseable {
    static Readers start(String contestant, Path file, int seconds) throws IOException {
      Path folder = Files.createTempDirectory("readers");
      List<Process> processes =
          switch (contestant) {
            case TOOLS -> ReadingTools.start(file, folder, seconds);
            case WITHOUT_REST ->
                CountersReader.TOOLS.stream()
                    .map(tool -> CountersReader.start(tool, file))
                    .toList();
            default -> List.of();
          };
      return new Readers(processes, contestant.equals(WITHOUT_REST), folder);
    }

    boolean isAny() {
      return !processes.isEmpty();
    }

    /** Of processor time that they have had, all of which have to run. */
    double cpuSeconds() {
      if (!processes.stream().allMatch(Process::isAlive)) {
        throw new TestbedException("a reader has ended");
      }
      return all()
              .flatMap(each -> each.info().totalCpuDuration().stream())
              .mapToLong(Duration::toNanos)
              .sum()
          / 1e9;
    }

    private Stream<ProcessHandle> all() {
      return processes.stream()
          .flatMap(each -> Stream.concat(Stream.of(each.toHandle()), each.descendants()));
    }

    /** Ends those that tell; what they have read, together. */
    OptionalDouble perSecond() {
      return tell
          ? OptionalDouble.of(processes.stream().mapToDouble(CountersReader::end).sum())
          : OptionalDouble.empty();
    }

    @Override
    public void close() throws IOException {
      List<ProcessHandle> readers = all().toList();
      readers.forEach(ProcessHandle::destroyForcibly);
      readers.forEach(each -> each.onExit().join());
      Files.deleteIfExists(folder);
    }
  }
}
