package io.headrace.health;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The limit of open files of this process (RLIMIT_NOFILE, {@code ulimit -n}). */
public final class OpenFiles {
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files +([0-9]+) .*$");

  private OpenFiles() {}

  /** How many there may be; a large number where there is no limit. */
  public static int limit() {
    try {
      Matcher limit = OPEN_FILES.matcher(Files.readString(LIMITS));
      return limit.find() ? Integer.parseInt(limit.group(1)) : Integer.MAX_VALUE;
    } catch (IOException | NumberFormatException e) {
      return Integer.MAX_VALUE;
    }
  }
}
