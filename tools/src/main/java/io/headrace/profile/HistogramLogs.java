package io.headrace.profile;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/** Writes a file for each stage that HdrHistogram's other tools read; times are in nanoseconds. */
final class HistogramLogs {
  private HistogramLogs() {}

  static void write(Profile profile, Path folder) throws IOException {
    for (String stage : profile.stages().keySet()) {
      Path file = folder.resolve(stage.replace(' ', '_') + ".hlog");
      try (PrintStream out = new PrintStream(Files.newOutputStream(file))) {
        write(profile, stage, new HistogramLogWriter(out));
      }
    }
  }

  private static void write(Profile profile, String stage, HistogramLogWriter log) {
    long startMs = profile.started().toEpochMilli();
    log.outputComment("[headrace, " + profile.subject() + ", stage " + stage + ", nanoseconds]");
    log.outputLogFormatVersion();
    log.outputStartTime(startMs);
    log.setBaseTime(startMs);
    log.outputLegend();
    for (Interval interval : profile.intervals()) {
      Histogram times = interval.byStage().get(stage);
      if (times != null) {
        Histogram stamped = times.copy();
        stamped.setStartTimeStamp(startMs + (interval.startNs() - profile.startNs()) / 1_000_000);
        stamped.setEndTimeStamp(startMs + (interval.endNs() - profile.startNs()) / 1_000_000);
        log.outputIntervalHistogram(stamped);
      }
    }
  }
}
