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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * What those who read the counters file cost the pipeline that writes it: the pipeline in memory on
 * one core, and on another three processes ({@link CountersReader}) that read what {@code top},
 * {@code stats} and {@code profile} read, again and again without a rest. They share nothing with
 * it but the file.
 */
final class ReadersScenario implements Scenario {
  private static final String NOBODY = "nobody reads";
  private static final String THREE = "three read";

  /** By time of the processor, as the machine may be busy. */
  private static final Figure FRAMES =
      new Figure("frames_per_cpu_second", "frames", "per second of CPU", 0, true);

  private static final Figure READINGS =
      new Figure("readings_per_second", "readings", "per second", 0, true);
  private static final int FLOWS = 100_000;
  private static final int BATCH = 4096;

  @Override
  public String name() {
    return "readers";
  }

  @Override
  public String description() {
    return "the pipeline in memory, while three processes read its counters file without a rest";
  }

  @Override
  public List<Figure> figures() {
    return List.of(FRAMES, READINGS);
  }

  @Override
  public List<String> contestants() {
    return List.of(NOBODY, THREE);
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
        return on(Cores.FORWARDER, () -> measure(file, counters, contestant.equals(THREE), timing));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Sample measure(Path file, Counters counters, boolean read, Timing timing)
      throws Exception {
    try (MemoryPipeline pipeline = new MemoryPipeline(FLOWS, false, counters);
        Readers readers =
            on(Cores.GENERATOR, () -> new Readers(read ? CountersReader.TOOLS : List.of(), file))) {
      forward(pipeline, timing.warmup(true));
      Meter meter = new Meter();
      Map<Figure, Double> values = new HashMap<>();
      values.put(FRAMES, forward(pipeline, timing.seconds()));
      double steal = meter.read().cpu().stealShare();
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

  /** Processes that read until they are closed. */
  private static final class Readers implements AutoCloseable {
    private final List<Process> processes;

    Readers(List<String> tools, Path file) {
      processes = tools.stream().map(tool -> CountersReader.start(tool, file)).toList();
    }

    /** Ends them; what they have read, together. */
    OptionalDouble perSecond() {
      return processes.isEmpty()
          ? OptionalDouble.empty()
          : OptionalDouble.of(processes.stream().mapToDouble(CountersReader::end).sum());
    }

    @Override
    public void close() {
      processes.forEach(Process::destroyForcibly);
    }
  }
}
