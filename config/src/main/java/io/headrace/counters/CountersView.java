package io.headrace.counters;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.ErrorLogReader;
import org.agrona.concurrent.status.CountersReader;

/**
 * The counters of a balancer as a tool sees them, beside the balancer or after its end. Whoever
 * writes them waits for nobody and learns of nobody here.
 *
 * <p>Threading: any thread.
 */
public final class CountersView {
  private static final int TRIES = 100;

  private final Layout layout;
  private final Header header;
  private final CountersReader reader;
  private final FrameTraces traces;
  private final Events events;

  /** Histograms come and stay, and keep their names. */
  private Map<Name, Integer> places = Map.of();

  /** Of the histograms, so many are in {@link #places}. */
  private int looked;

  CountersView(Layout layout) {
    this.layout = layout;
    this.header = new Header(layout.header);
    this.reader = new CountersReader(layout.metadata(), layout.values());
    this.traces = new FrameTraces(layout.frameTraces());
    this.events = new Events(layout.eventLog());
  }

  /**
   * Opens a file to read.
   *
   * @throws CountersFileException when there is none, it is cut short, or of another version
   */
  public static CountersView open(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long length = channel.size();
      if (length < Layout.HEADER_LENGTH) {
        throw wrong(file, "is no counters file, or cut short: it has %d bytes".formatted(length));
      }
      UnsafeBuffer header = new UnsafeBuffer(map(channel, Layout.HEADER_LENGTH));
      if (header.getLongVolatile(Layout.MAGIC) != Layout.MAGIC_VALUE) {
        throw wrong(file, "is no counters file of headrace, or one that is not whole yet");
      }
      if (header.getInt(Layout.VERSION) != Layout.VERSION_VALUE
          || header.getInt(Layout.SCHEMA) != Layout.SCHEMA_VALUE) {
        throw wrong(
            file, "is a counters file of another version of headrace; read it with that one");
      }
      Layout.Sizes sizes =
          new Layout.Sizes(
              header.getInt(Layout.COUNTERS),
              header.getInt(Layout.HISTOGRAMS),
              header.getInt(Layout.DIRECTORY_HALF),
              header.getInt(Layout.ERRORS),
              header.getInt(Layout.TRACES),
              header.getInt(Layout.EVENTS));
      if (!sizes.isValid() || header.getLong(Layout.FILE_LENGTH) != sizes.length()) {
        throw wrong(file, "is damaged: its header contradicts itself");
      }
      if (length < sizes.length()) {
        throw wrong(file, "is cut short: it has %d of %d bytes".formatted(length, sizes.length()));
      }
      return new CountersView(new Layout(map(channel, sizes.length()), sizes));
    } catch (NoSuchFileException e) {
      throw wrong(file, "does not exist");
    } catch (IOException e) {
      throw new CountersFileException("cannot read " + file + ": " + Counters.why(e));
    }
  }

  private static ByteBuffer map(FileChannel channel, int length) throws IOException {
    return channel.map(MapMode.READ_ONLY, 0, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static CountersFileException wrong(Path file, String what) {
    return new CountersFileException(file + " " + what);
  }

  /** Of the balancer. */
  public long pid() {
    return header.pid();
  }

  /** When the balancer began to count. */
  public Instant created() {
    return header.created();
  }

  /** The balancer's configuration file. */
  public String config() {
    return header.config();
  }

  /** Whether the balancer runs: its process is there, and no other has got its number. */
  public boolean isAlive() {
    return header.isAlive();
  }

  /** Present when the balancer takes no new connections. */
  public Optional<Draining> draining() {
    return header.draining();
  }

  /** Every counter, at about this moment. */
  public Counts counts() {
    Map<Name, Long> values = new LinkedHashMap<>();
    reader.forEach(
        (id, type, key, label) -> {
          if (type >= 0 && type < Metric.values().length) {
            values.put(Name.read(type, key, 0), reader.getCounterValue(id));
          }
        });
    return new Counts(values);
  }

  /** Reads every histogram, one after another: there may be many, and each is big. */
  public void readTimes(BiConsumer<Name, TimesView> each) {
    places().forEach((name, place) -> each.accept(name, times(place)));
  }

  /** The histograms of a metric by their kind; those of several workers are one. */
  public Map<String, TimesView> times(Metric metric) {
    Map<String, TimesView> byKind = new LinkedHashMap<>();
    places()
        .forEach(
            (name, place) -> {
              if (name.metric() == metric) {
                byKind.merge(name.kind(), times(place), TimesView::plus);
              }
            });
    return byKind;
  }

  /** The histogram of a metric for a frontend or a server; empty when there is none. */
  public TimesView times(Metric metric, int id) {
    Integer place = places().get(Name.of(metric).id(id));
    return place == null ? TimesView.EMPTY : times(place);
  }

  private TimesView times(int place) {
    return Times.read(layout.times(place));
  }

  /** Where which histogram is; not to be changed. */
  private synchronized Map<Name, Integer> places() {
    int used =
        Math.min(layout.header.getIntVolatile(Layout.HISTOGRAMS_USED), layout.sizes.histograms());
    if (looked < used) {
      // Who has got the former one may still read it.
      Map<Name, Integer> more = new LinkedHashMap<>(places);
      for (; looked < used; looked++) {
        UnsafeBuffer memory = layout.times(looked);
        int type = memory.getInt(Times.TYPE);
        if (type >= 0 && type < Metric.values().length) {
          more.put(Name.read(type, memory, Times.KEY), looked);
        }
      }
      places = more;
    }
    return places;
  }

  /** What ids stand for. */
  public Directory directory() {
    for (int i = 0; i < TRIES; i++) {
      long version = layout.header.getLongVolatile(Layout.DIRECTORY_VERSION);
      if (version == 0) {
        return Directory.EMPTY;
      }
      UnsafeBuffer half = layout.directoryHalf(version);
      byte[] bytes =
          new byte[Math.clamp(half.getInt(0), 0, layout.sizes.directoryHalf() - Integer.BYTES)];
      half.getBytes(Integer.BYTES, bytes);
      VarHandle.acquireFence();
      // One change since is the other half's; two may have been in this one.
      if (layout.header.getLongVolatile(Layout.DIRECTORY_VERSION) == version) {
        try {
          return Directory.decode(bytes);
        } catch (IOException e) {
          throw new CountersFileException("the counters file is damaged: its directory is");
        }
      }
    }
    throw new CountersFileException("the directory of the counters file changes all the time");
  }

  /** How many traces of frames were written so far. */
  public long tracesWritten() {
    return traces.written();
  }

  /**
   * Reads the traces that were written since.
   *
   * @param from how many had been written then
   * @return how many of them were lost: newer ones have taken their place
   */
  public long readTraces(long from, Consumer<FrameTrace> each) {
    return traces.read(from, each);
  }

  /** How many events were written so far. */
  public long eventsWritten() {
    return events.written();
  }

  /**
   * Reads the events that were written since and are still there, oldest first.
   *
   * @param from how many had been written then
   */
  public void readEvents(long from, Consumer<Event> each) {
    events.read(from, each);
  }

  /** The distinct errors, with the number of times each occurred, oldest first. */
  public List<DistinctError> errors() {
    List<DistinctError> all = new ArrayList<>();
    ErrorLogReader.read(
        layout.errorLog(),
        (count, first, last, text) ->
            all.add(
                new DistinctError(
                    count, Instant.ofEpochMilli(first), Instant.ofEpochMilli(last), text)));
    return all;
  }
}
