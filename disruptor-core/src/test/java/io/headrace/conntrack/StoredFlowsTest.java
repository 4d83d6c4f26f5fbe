package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.CLIENT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredFlowsTest {
  private static final int CAPACITY = 2000;
  private static final int FLOWS = 500;

  @TempDir private Path directory;
  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("flows");
  }

  @Test
  void theFlowsAreReadAndTheFileStaysAsItIs() throws IOException {
    fill();
    byte[] before = Files.readAllBytes(path);
    try (StoredFlows flows = StoredFlows.open(path)) {
      List<String> copies = copies();
      assertTrue(
          !copies.isEmpty() && copies.stream().allMatch(copy -> copy.endsWith(" (deleted)")),
          copies::toString);
      assertEquals(FLOWS, ports(flows).size());
      assertEquals(CAPACITY, flows.capacity());
      assertEquals(before.length, flows.fileBytes());
      assertEquals(0, flows.damages());
    }
    assertArrayEquals(before, Files.readAllBytes(path));
  }

  @Test
  void whatAKillLeftIsReadAndLeftToTheNextStart() throws Exception {
    Process process = JavaProcess.start(KilledProcess.class, path);
    try (BufferedReader out = process.inputReader()) {
      while (!out.readLine().equals("established 1000")) {}
      assertEquals(
          Optional.of(String.valueOf(process.pid())), StoredFlows.user(path), "while it runs");
      assertFailure("in use by process " + process.pid());
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertEquals(Optional.empty(), StoredFlows.user(path));
    byte[] before = Files.readAllBytes(path);
    int found;
    try (StoredFlows flows = StoredFlows.open(path)) {
      found = ports(flows).size();
      assertTrue(found > 1000, "found " + found);
      assertEquals(0, flows.damages());
    }
    assertArrayEquals(before, Files.readAllBytes(path));
    try (FlowFile file = FlowFile.open(path, KilledProcess.CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      fixture.recoverFrom(file);
      fixture.recoverAll();
      assertEquals(found, fixture.restored);
    }
  }

  @Test
  void whatCannotBeReadIsSaidInALine() throws IOException {
    assertFailure("there is no such file");
    Files.createDirectory(path);
    assertFailure("Is a directory");
    Files.delete(path);
    Files.createFile(path);
    assertFailure("is damaged");
    Files.writeString(path, "something else altogether ".repeat(10_000));
    assertFailure("is damaged");
    Files.delete(path);
    fill();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2);
    }
    assertFailure("is damaged");
  }

  @Test
  void damageIsCountedAndWhatIsRightIsShown() throws IOException {
    fill();
    byte[] before = Files.readAllBytes(path);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      // One bit of one flow's client address: its checksum is wrong then.
      int at = indexOf(before, FlowRecords.pair(CLIENT, Fixture.SERVICE));
      channel.write(ByteBuffer.wrap(new byte[] {(byte) (before[at] ^ 4)}), at);
    }
    try (StoredFlows flows = StoredFlows.open(path)) {
      assertEquals(FLOWS - 1, ports(flows).size());
      assertTrue(flows.damages() > 0);
    }
  }

  private static int indexOf(byte[] bytes, long value) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at + Long.BYTES <= bytes.length; at++) {
      if (buffer.getLong(at) == value) {
        return at;
      }
    }
    throw new AssertionError("it is not there");
  }

  private void assertFailure(String reason) {
    FlowFileException failure =
        assertThrows(FlowFileException.class, () -> StoredFlows.open(path).close());
    assertTrue(failure.getMessage().contains(reason), failure::getMessage);
    assertTrue(failure.getMessage().contains(path.toString()), failure::getMessage);
    assertEquals(1, failure.getMessage().lines().count(), failure::getMessage);
  }

  private static Set<Integer> ports(StoredFlows flows) {
    Set<Integer> ports = new TreeSet<>();
    flows.forEach(flow -> ports.add(flow.clientPort()));
    return ports;
  }

  /** What this process has in memory of files that are copies. */
  private static List<String> copies() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.contains("/headrace-"))
        .toList();
  }

  private void fill() {
    try (FlowFile file = FlowFile.open(path, CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      for (int port = 0; port < FLOWS; port++) {
        fixture.established(CLIENT, port);
      }
    }
  }
}
