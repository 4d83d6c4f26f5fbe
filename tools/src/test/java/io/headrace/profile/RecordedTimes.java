package io.headrace.profile;

import java.io.IOException;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/** What a profile's file of raw histograms says, as HdrHistogram's own tools read it. */
public final class RecordedTimes {
  private RecordedTimes() {}

  /** The times of one stage, in nanoseconds. */
  public static Histogram of(Path profile, String stage) throws IOException {
    Histogram sum = new Histogram(2);
    HistogramLogReader reader = new HistogramLogReader(profile.resolve(stage + ".hlog").toFile());
    for (var next = reader.nextIntervalHistogram();
        next != null;
        next = reader.nextIntervalHistogram()) {
      sum.add((Histogram) next);
    }
    return sum;
  }
}
