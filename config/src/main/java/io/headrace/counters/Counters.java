package io.headrace.counters;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;

/**
 * Everything that a balancer counts and measures. Its parts are handed this, and ask once for what
 * they own; they count in it without a lock or a look-up.
 *
 * <p>Threading: any thread. A counter or histogram that has one writer says so.
 */
public final class Counters implements AutoCloseable {
  /** For so many at a time the file system is asked for memory: whole pages. */
  private static final int AT_A_TIME = 32;

  private final Layout layout;
  private final Optional<Room> room;
  private final CountersManager manager;
  private final DistinctErrorLog errors;
  private final FrameTraces traces;
  private final Events events;
  private final Map<Name, AtomicCounter> counters = new HashMap<>();
  private final Map<Name, Times> times = new HashMap<>();
  private long directoryVersion;

  /** In the file. */
  private int used;

  /** Of the counters in the file, those that have memory. */
  private int backed;

  private Counters(ByteBuffer memory, Layout.Sizes sizes, Optional<Room> room, String config) {
    this.layout = new Layout(memory.order(ByteOrder.LITTLE_ENDIAN), sizes);
    this.room = room;
    writeHeader(config);
    this.manager = new CountersManager(layout.metadata(), layout.values());
    this.errors = new DistinctErrorLog(layout.errorLog(), SystemEpochClock.INSTANCE);
    this.traces = new FrameTraces(layout.frameTraces());
    this.events = new Events(layout.eventLog());
    layout.header.putLongRelease(Layout.MAGIC, Layout.MAGIC_VALUE);
  }

  /** Counters that only this process sees. */
  public static Counters inMemory() {
    Layout.Sizes sizes = Layout.Sizes.MEMORY;
    return new Counters(ByteBuffer.allocateDirect(sizes.length()), sizes, Optional.empty(), "");
  }

  /**
   * Counters in a new file. It is sparse: what is not used takes no memory.
   *
   * @param file is replaced
   * @param config the configuration that the balancer runs with
   * @throws CountersFileException when it cannot be made
   */
  public static Counters create(Path file, Path config) {
    return create(file, config, Layout.Sizes.FILE);
  }

  static Counters create(Path file, Path config, Layout.Sizes sizes) {
    try {
      Files.deleteIfExists(file);
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      try {
        Room room = new Room(file, channel);
        room.require(0, ByteBuffer.allocate(Layout.HEADER_LENGTH));
        room.require(sizes.errorLog(), ByteBuffer.allocate(sizes.errors()));
        room.require(
            sizes.frameTraces(), ByteBuffer.allocate(sizes.length() - sizes.frameTraces()));
        return new Counters(
            channel.map(MapMode.READ_WRITE, 0, sizes.length()),
            sizes,
            Optional.of(room),
            config.toAbsolutePath().normalize().toString());
      } catch (IOException e) {
        channel.close();
        Files.delete(file);
        throw e;
      }
    } catch (IOException e) {
      throw new CountersFileException("cannot make the counters file " + file + ": " + why(e));
    }
  }

  static String why(IOException failure) {
    return failure instanceof java.nio.file.AccessDeniedException
        ? "permission denied"
        : String.valueOf(failure.getMessage());
  }

  private void writeHeader(String config) {
    UnsafeBuffer header = layout.header;
    ProcessHandle process = ProcessHandle.current();
    Layout.Sizes sizes = layout.sizes;
    header.putInt(Layout.VERSION, Layout.VERSION_VALUE);
    header.putInt(Layout.SCHEMA, Layout.SCHEMA_VALUE);
    header.putLong(Layout.FILE_LENGTH, sizes.length());
    header.putLong(Layout.PID, process.pid());
    header.putLong(
        Layout.STARTED, process.info().startInstant().map(Instant::toEpochMilli).orElse(0L));
    header.putLong(Layout.CREATED, System.currentTimeMillis());
    header.putInt(Layout.COUNTERS, sizes.counters());
    header.putInt(Layout.HISTOGRAMS, sizes.histograms());
    header.putInt(Layout.DIRECTORY_HALF, sizes.directoryHalf());
    header.putInt(Layout.ERRORS, sizes.errors());
    header.putInt(Layout.TRACES, sizes.traces());
    header.putInt(Layout.EVENTS, sizes.events());
    byte[] text = config.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, Layout.CONFIGURATION_LENGTH);
    header.putInt(Layout.CONFIGURATION, length);
    header.putBytes(Layout.CONFIGURATION + Integer.BYTES, text, 0, length);
  }

  /**
   * The counter of a name: always the same. When the file is full it is one that no tool sees; the
   * balancer counts right all the same.
   */
  public synchronized AtomicCounter counter(Name name) {
    return counters.computeIfAbsent(name, this::newCounter);
  }

  private AtomicCounter newCounter(Name name) {
    if (!hasRoomForCounter()) {
      return new AtomicCounter(
          new UnsafeBuffer(ByteBuffer.allocateDirect(CountersManager.COUNTER_LENGTH)), 0);
    }
    used++;
    return manager.newCounter(name.label(), name.metric().ordinal(), name::write);
  }

  private boolean hasRoomForCounter() {
    int most = layout.sizes.counters();
    if (used == most) {
      full();
      return false;
    }
    // Who reads looks at one more than there are.
    return backed >= Math.min(used + 2, most) || back();
  }

  private boolean back() {
    int metadata = layout.sizes.metadata() + backed * CountersManager.METADATA_LENGTH;
    int values = layout.sizes.values() + backed * CountersManager.COUNTER_LENGTH;
    boolean backs =
        take(metadata, AT_A_TIME * CountersManager.METADATA_LENGTH)
            && take(values, AT_A_TIME * CountersManager.COUNTER_LENGTH);
    backed += backs ? AT_A_TIME : 0;
    return backs;
  }

  private boolean take(int offset, int length) {
    return room.isEmpty() || room.get().take(offset, length);
  }

  private void full() {
    room.ifPresent(
        each ->
            each.full(
                "it is for %,d counters and %,d histograms, of which a frontend of mode proxy has 6"
                    .formatted(layout.sizes.counters(), layout.sizes.histograms())));
  }

  /** The histogram of a name: always the same. As {@link #counter} when the file is full. */
  public synchronized Times times(Name name) {
    return times.computeIfAbsent(name, this::newTimes);
  }

  private Times newTimes(Name name) {
    int index = layout.header.getInt(Layout.HISTOGRAMS_USED);
    if (!hasRoomForTimes(index)) {
      return new Times(new UnsafeBuffer(ByteBuffer.allocateDirect(Times.LENGTH)));
    }
    UnsafeBuffer memory = layout.times(index);
    // Every page of it is there before a stage writes to it.
    memory.setMemory(0, Times.LENGTH, (byte) 0);
    name.write(new UnsafeBuffer(memory, Times.KEY, Name.KEY_LENGTH));
    memory.putInt(Times.TYPE, name.metric().ordinal());
    layout.header.putIntRelease(Layout.HISTOGRAMS_USED, index + 1);
    return new Times(memory);
  }

  private boolean hasRoomForTimes(int index) {
    if (index == layout.sizes.histograms()) {
      full();
      return false;
    }
    return take(layout.sizes.times() + index * Times.LENGTH, Times.LENGTH);
  }

  /** Counts an error, once for each kind: type, message and place. */
  public void error(Throwable error) {
    errors.record(error);
  }

  /**
   * No new connections are taken any more; may be told again and again.
   *
   * @param connections that are still open
   */
  public synchronized void draining(long connections) {
    layout.header.putLongVolatile(Layout.DRAINING_CONNECTIONS, connections);
    if (layout.header.getLong(Layout.DRAINING_SINCE) == 0) {
      layout.header.putLongVolatile(Layout.DRAINING_SINCE, System.currentTimeMillis());
    }
  }

  /** Where the pipeline writes how frames went through it. */
  public FrameTraces traces() {
    return traces;
  }

  /** Where stalls and pauses are written. */
  public Events events() {
    return events;
  }

  /**
   * Says what ids stand for, from now on.
   *
   * @return false when there is no room for it; the former one stays
   */
  public synchronized boolean directory(Directory directory) {
    byte[] bytes = directory.encode();
    UnsafeBuffer half = layout.directoryHalf(directoryVersion + 1);
    if (bytes.length > half.capacity() - Integer.BYTES) {
      return false;
    }
    // The half that nobody is sent to: whoever reads the other, or a crash now, sees it whole.
    if (!take(layout.sizes.directoryHalf(directoryVersion + 1), bytes.length + Integer.BYTES)) {
      return false;
    }
    half.putInt(0, bytes.length);
    half.putBytes(Integer.BYTES, bytes);
    layout.header.putLongRelease(Layout.DIRECTORY_VERSION, ++directoryVersion);
    return true;
  }

  /** What is in it, read as any other process would. */
  public CountersView view() {
    return new CountersView(layout);
  }

  /**
   * Removes the file: nobody needs what a balancer counted that has stopped in good order. The
   * memory stays, as who writes to it may not have heard yet.
   */
  @Override
  public void close() {
    try {
      if (room.isPresent()) {
        room.get().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
