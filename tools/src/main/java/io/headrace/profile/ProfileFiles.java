package io.headrace.profile;

import io.headrace.counters.CountersView;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Records a profile and writes it: a page, the raw histograms, and JSON. */
public final class ProfileFiles {
  /** The page. */
  public static final String REPORT = "report.html";

  private ProfileFiles() {}

  /** Hears how far it is. */
  public interface Progress {
    void at(long doneMs, long ofMs);
  }

  /**
   * Records for a while, and writes what came.
   *
   * @param subject whose counters these are, for a person
   * @param programs times what runs in the kernel
   * @param isOver whether there is nothing more to come before the time is over
   * @param folder where to; it is made
   * @throws IOException when it cannot be written
   */
  public static void record(
      CountersView view,
      String subject,
      Duration longest,
      ProgramTimes programs,
      BooleanSupplier isOver,
      Path folder,
      Progress progress)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Profile profile = new Recorder(view, programs).record(subject, longest, isOver, progress);
    Files.writeString(folder.resolve(REPORT), HtmlReport.of(profile));
    HistogramLogs.write(profile, folder);
    try (OutputStream out = Files.newOutputStream(folder.resolve(ProfileJson.FILE))) {
      ProfileJson.write(profile, out);
    }
  }

  /** Copies the JSON of a profile that was written. */
  public static void copyJson(Path folder, OutputStream out) throws IOException {
    Files.copy(folder.resolve(ProfileJson.FILE), out);
  }
}
