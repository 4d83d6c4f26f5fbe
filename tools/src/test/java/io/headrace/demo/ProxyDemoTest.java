package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProxyDemoTest {
  @TempDir private Path directory;

  @Test
  @Tag("network") // It needs none, but takes its time.
  void theDemoOfModeProxyGoesWell() throws Exception {
    Path said = directory.resolve("said");
    Process demo =
        // Not the log settings of the tests whose class path this is.
        DemoCommandLine.of(List.of("-Dlogback.configurationFile=logback.xml"), "--proxy", "--json")
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertTrue(demo.waitFor(180, TimeUnit.SECONDS), "it has not ended");
    assertEquals(0, demo.exitValue(), Files.readString(said));
    assertTrue(Files.readString(said).contains("\"good\" : true"), Files.readString(said));
  }
}
