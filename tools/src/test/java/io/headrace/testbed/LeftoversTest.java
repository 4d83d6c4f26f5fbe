package io.headrace.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftoversTest {
  // Above PID_MAX_LIMIT (linux/threads.h), so that no process ever has it.
  private static final long NOBODY = 4_194_305;
  private static final int ANOTHER_USER = 65_534;
  private static final Path TEMPORARY = Path.of(System.getProperty("java.io.tmpdir"));

  @TempDir Path temporary;

  @Test
  void whatALivingProcessMadeIsNotStale() throws IOException {
    assertFalse(Leftovers.isStale(directory("hr-%d-0".formatted(ProcessHandle.current().pid()))));
  }

  @Test
  void whatAProcessThatIsGoneMadeIsStale() throws IOException {
    assertTrue(Leftovers.isStale(directory("hr-%d-0".formatted(NOBODY))));
    assertTrue(Leftovers.isStale(directory("hr-%d-12-client".formatted(NOBODY))));
  }

  @Test
  void whatIsOlderThanTheProcessOfThatIdIsStale() throws IOException {
    Path old = directory("hr-%d-0".formatted(ProcessHandle.current().pid()));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
    assertTrue(Leftovers.isStale(old));
  }

  @Test
  void whatOthersMadeIsNotOurs() throws IOException {
    for (String name :
        List.of("hr-department", "hr-" + NOBODY, "hr-99999999999999999999-0", "hr--1-0")) {
      assertFalse(Leftovers.isStale(directory(name)), name);
    }
  }

  @Test
  void aSymbolicLinkIsRemovedButNotFollowed() throws IOException {
    Path kept = directory("kept");
    Path removed = directory("removed");
    Files.createFile(kept.resolve("file"));
    Files.createSymbolicLink(removed.resolve("link"), kept);
    Leftovers.removeTree(removed);
    assertFalse(Files.exists(removed));
    assertTrue(Files.exists(kept.resolve("file")));
  }

  @Test
  @RequiresTestbed
  void theNextTestbedRemovesWhatAKilledOneLeft() throws IOException, InterruptedException {
    String id = "hr-%d-0".formatted(NOBODY);
    assertEquals(0, new ProcessBuilder("ip", "netns", "add", id + "-client").start().waitFor());
    Process inside =
        new ProcessBuilder(
                "ip", "netns", "exec", id + "-client", "sh", "-c", "echo inside; exec sleep 1000")
            .start();
    assertEquals("inside", inside.inputReader().readLine());
    Path files = Files.createDirectories(TEMPORARY.resolve(id));
    Files.createFile(files.resolve("file"));

    try {
      Testbed.oneArm(1).close();
      assertEquals(List.of(), Namespaces.named(id));
      assertFalse(Files.exists(files));
      assertTrue(
          inside.waitFor(10, TimeUnit.SECONDS), "the process that the killed run left still runs");
    } finally {
      inside.destroyForcibly();
    }
  }

  @Test
  @RequiresTestbed
  void whatAnotherUserMadeStays() throws IOException {
    Path files = Files.createDirectories(TEMPORARY.resolve("hr-%d-1".formatted(NOBODY)));
    try {
      Files.setAttribute(files, "unix:uid", ANOTHER_USER);
      Testbed.oneArm(1).close();
      assertTrue(Files.exists(files));
    } finally {
      Files.deleteIfExists(files);
    }
  }

  private Path directory(String name) throws IOException {
    return Files.createDirectory(temporary.resolve(name));
  }
}
