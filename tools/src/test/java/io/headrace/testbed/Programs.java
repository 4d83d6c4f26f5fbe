package io.headrace.testbed;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Programs of this machine that a test needs. */
public final class Programs {
  private Programs() {}

  /**
   * Skips the test where one is missing. With CI=true that is a failure: a gap that nobody notices
   * is worse.
   */
  public static void require(String... programs) {
    for (String program : programs) {
      boolean there =
          List.of("/usr/sbin/", "/usr/bin/").stream()
              .anyMatch(path -> Files.isExecutable(Path.of(path + program)));
      assertTrue(there || !"true".equals(System.getenv("CI")), program + " is missing");
      assumeTrue(there, program + " is missing");
    }
  }
}
