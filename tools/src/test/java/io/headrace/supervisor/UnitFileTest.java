package io.headrace.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What systemd itself says of the unit file. */
class UnitFileTest {
  private static final Path CHECKOUT =
      Path.of(System.getProperty("basedir", "."), "..").toAbsolutePath().normalize();
  private static final Path ANALYZE = Path.of("/usr/bin/systemd-analyze");

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"headrace.service", "headrace@.service"})
  void systemdTakesIt(String name) throws Exception {
    assumeTrue(Files.isExecutable(ANALYZE), "systemd is not installed");
    String unit = Files.readString(CHECKOUT.resolve("packaging/systemd/headrace.service"));
    // Where it is installed there is nothing now; systemd looks for the program.
    Path copy = directory.resolve(name);
    Files.writeString(
        copy, unit.replace("=/opt/headrace/headrace ", "=" + CHECKOUT.resolve("headrace") + " "));
    Process process =
        new ProcessBuilder(ANALYZE.toString(), "verify", "--man=no", copy.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), said);
    assertEquals("", said.lines().filter(line -> line.contains("headrace")).findAny().orElse(""));
  }
}
