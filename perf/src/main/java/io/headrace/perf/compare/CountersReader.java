package io.headrace.perf.compare;

import io.headrace.admin.Statistics;
import io.headrace.counters.CountersView;
import io.headrace.monitor.Moment;
import io.headrace.monitor.Screen;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A process that reads a counters file as one of the tools does, but without a rest, until its
 * standard input ends; then it prints how many times a second it has read.
 */
final class CountersReader {
  private static final String TOP = "top";
  private static final String STATS = "stats";
  private static final String PROFILE = "profile";
  static final List<String> TOOLS = List.of(TOP, STATS, PROFILE);

  private static final int WIDTH = 120;

  private final CountersView view;
  private Moment last;
  private long tracesRead;

  private CountersReader(CountersView view) {
    this.view = view;
    this.last = Moment.of(view);
  }

  /** Starts one, which runs where the calling thread may run. */
  static Process start(String tool, Path file) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    line.addAll(List.of("-cp", System.getProperty("java.class.path")));
    line.addAll(List.of(CountersReader.class.getName(), tool, file.toString()));
    try {
      return new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new TestbedException("cannot start a reader: " + e.getMessage(), e);
    }
  }

  /** Ends one; how many times a second it has read. */
  static double end(Process reader) {
    try {
      reader.getOutputStream().close();
      return Double.parseDouble(
          new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException | NumberFormatException e) {
      throw new TestbedException("a reader has failed", e);
    }
  }

  public static void main(String[] arguments) throws IOException {
    CountersReader reader = new CountersReader(CountersView.open(Path.of(arguments[1])));
    Thread end = Thread.ofPlatform().start(CountersReader::awaitEnd);
    long start = System.nanoTime();
    long readings = 0;
    while (end.isAlive()) {
      reader.read(arguments[0]);
      readings++;
    }
    System.out.println(readings * 1e9 / (System.nanoTime() - start));
  }

  private static void awaitEnd() {
    try {
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // Whoever started it is gone.
    }
  }

  private void read(String tool) throws IOException {
    switch (tool) {
      case STATS -> Statistics.write(view, OutputStream.nullOutputStream());
      case PROFILE -> {
        last = Moment.of(view);
        long written = view.tracesWritten();
        view.readTraces(tracesRead, _ -> {});
        tracesRead = written;
      }
      default -> {
        Moment now = Moment.of(view);
        Screen.lines(view, now, Optional.of(last), WIDTH);
        last = now;
      }
    }
  }
}
