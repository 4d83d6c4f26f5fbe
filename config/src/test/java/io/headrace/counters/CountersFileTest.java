package io.headrace.counters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.status.AtomicCounter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CountersFileTest {
  private static final Directory.State UP =
      new Directory.State("up", true, "passes its checks", Instant.ofEpochMilli(8), "ready");

  @TempDir Path folder;
  private Path file;
  private Counters counters;

  @BeforeEach
  void create() {
    file = folder.resolve("1.counters");
    counters = Counters.create(file, Path.of("/etc/headrace.toml"));
  }

  @Test
  void whatIsCountedIsReadFromTheFile() {
    counters.counter(Name.of(Metric.FRAMES_DROPPED).kind("no_flow")).increment();
    counters.counter(Name.of(Metric.FRAMES_DROPPED).kind("fault")).getAndAdd(4);
    counters.counter(Name.of(Metric.SERVER_OPEN).id(7).worker(0)).increment();
    counters.counter(Name.of(Metric.SERVER_OPEN).id(7).worker(1)).increment();
    counters.times(Name.of(Metric.STAGE_TIME).kind("worker").worker(1)).record(2_000_000, 3);
    counters.error(new IllegalStateException("as a test"));
    counters.error(new IllegalStateException("as a test"));

    CountersView view = CountersView.open(file);
    Counts counts = view.counts();
    assertEquals(5, counts.sum(Metric.FRAMES_DROPPED));
    assertEquals(1, counts.byKind(Metric.FRAMES_DROPPED).get("no_flow"));
    assertEquals(2, counts.sum(Metric.SERVER_OPEN, 7));
    assertEquals(0, counts.sum(Metric.SERVER_OPEN, 8));
    assertEquals(3, view.times(Metric.STAGE_TIME).get("worker").count());
    assertEquals("java.lang.IllegalStateException: as a test", view.errors().get(0).headline());
    assertEquals("/etc/headrace.toml", view.config());
    assertTrue(view.isAlive());
  }

  @Test
  void theSameNameIsTheSameCounter() {
    Name name = Name.of(Metric.FLOWS).worker(0).kind("established");
    counters.counter(name).increment();
    counters.counter(name).increment();
    assertEquals(2, CountersView.open(file).counts().sum(Metric.FLOWS));
  }

  @Test
  void theDirectoryIsTheNewestAndOneThatDoesNotFitChangesNothing() {
    CountersView view = CountersView.open(file);
    assertEquals(Directory.EMPTY, view.directory());
    for (int i = 0; i < 5; i++) {
      Directory directory = directory("web-" + i, 1);
      assertTrue(counters.directory(directory));
      assertEquals(directory, view.directory());
    }
    assertFalse(counters.directory(directory("too many", 200_000)));
    assertEquals(directory("web-4", 1), view.directory());
  }

  private static Directory directory(String name, int servers) {
    return new Directory(
        List.of("pool"),
        List.of(new Directory.Frontend(0, name, "192.0.2.1:80", "tcp", "passthrough", "pool")),
        IntStream.range(0, servers)
            .mapToObj(id -> new Directory.Server(id, "pool", "s" + id, "192.0.2.2:80", 1, true, UP))
            .toList());
  }

  @Test
  void whenTheFileIsFullTheBalancerCountsOn() {
    AtomicCounter last = null;
    for (int id = 0; id < Layout.Sizes.FILE.counters() + 10; id++) {
      last = counters.counter(Name.of(Metric.SERVER_OPEN).id(id));
      last.increment();
    }
    last.increment();
    assertEquals(2, last.get());
    assertEquals(
        Layout.Sizes.FILE.counters(), CountersView.open(file).counts().sum(Metric.SERVER_OPEN));
  }

  @Test
  void histogramsThatDoNotFitAreMeasuredOn() {
    counters = Counters.create(file, folder, new Layout.Sizes(64, 4, 4096, 4096, 16, 16));
    for (int id = 0; id < 6; id++) {
      counters.times(Name.of(Metric.CONNECT_TIME).id(id)).record(1000, 1 + id);
    }
    CountersView view = CountersView.open(file);
    assertEquals(4, view.times(Metric.CONNECT_TIME, 3).count());
    assertEquals(0, view.times(Metric.CONNECT_TIME, 5).count());
    assertEquals(1 + 2 + 3 + 4, view.times(Metric.CONNECT_TIME).get("").count());
    assertEquals(6, counters.times(Name.of(Metric.CONNECT_TIME).id(5)).read().count());
  }

  @Test
  void aViewFindsWhatCameSince() {
    CountersView view = CountersView.open(file);
    assertEquals(0, view.times(Metric.CONNECT_TIME, 0).count());
    counters.times(Name.of(Metric.CONNECT_TIME).id(0)).record(1000, 1);
    assertEquals(1, view.times(Metric.CONNECT_TIME, 0).count());
  }

  @Test
  void whereThereIsNoMemoryNothingIsTaken() throws IOException {
    Path full = Path.of("/dev/full");
    Room room = new Room(full, FileChannel.open(full, StandardOpenOption.WRITE));
    assertFalse(room.take(4096, 4096));
    assertFalse(room.take(8192, 4096));
  }

  @Test
  void aFileThatIsNotWholeOrOfAnotherKindIsRefusedInALine() throws IOException {
    says("does not exist", folder.resolve("none"));
    Path text = Files.writeString(folder.resolve("text"), "hello");
    says("is no counters file, or cut short: it has 5 bytes", text);
    says("is no counters file of headrace", Files.write(folder.resolve("zero"), new byte[9000]));
    change(Layout.VERSION, 2);
    says("is a counters file of another version of headrace", file);
    change(Layout.VERSION, Layout.VERSION_VALUE);
    change(Layout.SCHEMA, 1);
    says("is a counters file of another version of headrace", file);
    change(Layout.SCHEMA, Layout.SCHEMA_VALUE);
    change(Layout.COUNTERS, 17);
    says("is damaged: its header contradicts itself", file);
    change(Layout.COUNTERS, -1);
    says("is damaged: its header contradicts itself", file);
    change(Layout.COUNTERS, Layout.Sizes.FILE.counters());
    CountersView.open(file);
    // Not the one that is mapped: that would be the end of this process.
    Path copy = folder.resolve("copy");
    try (RandomAccessFile to = new RandomAccessFile(copy.toFile(), "rw")) {
      to.write(head(10_000));
    }
    says("is cut short: it has 10000 of " + Layout.Sizes.FILE.length() + " bytes", copy);
  }

  @Test
  void ofAProcessThatRunsItIsKnownWhyItsFileIsRefused() throws IOException {
    try (Counters own = CountersFiles.create(Path.of("headrace.toml"))) {
      own.counter(Name.of(Metric.FRAMES_RECEIVED)).increment();
      file = CountersFiles.of(ProcessHandle.current().pid()).orElseThrow();
      assertTrue(refusals().isEmpty(), () -> refusals().toString());
      change(Layout.VERSION, 2);
      assertEquals(
          List.of(
              file + " is a counters file of another version of headrace; read it with that one"),
          refusals());
    }
  }

  /** Other balancers of this machine may have files, too. */
  private List<String> refusals() {
    return CountersFiles.refusals().stream()
        .filter(each -> each.startsWith(file.toString()))
        .toList();
  }

  @Test
  void whatDrainsIsToldWhateverTheVersionOfTheFile() throws IOException {
    CountersView view = CountersView.open(file);
    assertTrue(view.draining().isEmpty());
    counters.draining(3);
    Draining first = view.draining().orElseThrow();
    counters.draining(2);
    assertEquals(
        new Draining(ProcessHandle.current().pid(), first.since(), 2),
        view.draining().orElseThrow());
    change(Layout.SCHEMA, 1);
    says("is a counters file of another version", file);
    assertEquals(view.draining(), Header.read(file).flatMap(Header::draining));
    assertTrue(Header.read(file).filter(Header::isAlive).isPresent());
    change(Layout.MAGIC, 1);
    assertTrue(Header.read(file).isEmpty());
    assertTrue(Header.read(folder.resolve("none")).isEmpty());
  }

  private byte[] head(int length) throws IOException {
    try (RandomAccessFile from = new RandomAccessFile(file.toFile(), "r")) {
      byte[] head = new byte[length];
      from.readFully(head);
      return head;
    }
  }

  private void change(int offset, int value) throws IOException {
    try (RandomAccessFile to = new RandomAccessFile(file.toFile(), "rw")) {
      to.seek(offset);
      to.writeInt(Integer.reverseBytes(value));
    }
  }

  private static void says(String what, Path file) {
    String message =
        assertThrows(CountersFileException.class, () -> CountersView.open(file)).getMessage();
    assertTrue(message.startsWith(file + " " + what), message);
  }

  @Test
  void aStopInGoodOrderRemovesTheFile() {
    counters.close();
    assertFalse(Files.exists(file));
    // Whoever writes to it may not have heard yet.
    counters.counter(Name.of(Metric.FRAMES_RECEIVED)).increment();
  }
}
