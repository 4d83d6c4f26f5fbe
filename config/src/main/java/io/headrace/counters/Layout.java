package io.headrace.counters;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/**
 * The parts of the counters file, and the fields of its header. All numbers are little-endian.
 *
 * <pre>
 *   +-----------------------------+ 0
 *   | header                      |
 *   +-----------------------------+ 4096
 *   | directory, two halves       |  frontends and servers by their ids ({@link Directory})
 *   +-----------------------------+
 *   | counters: metadata          |  512 bytes each: Agrona's {@link CountersReader}
 *   +-----------------------------+
 *   | counters: values            |  128 bytes each
 *   +-----------------------------+
 *   | distinct errors             |  Agrona's DistinctErrorLog
 *   +-----------------------------+
 *   | histograms                  |  each a name and a {@link Times}
 *   +-----------------------------+
 *   | frames on their way         |  {@link FrameTraces}, the newest
 *   +-----------------------------+
 *   | events                      |  {@link Events}, the newest
 *   +-----------------------------+
 *
 *   header
 *     0  magic                 8   "HEADRACE"; written last
 *     8  version               4   of the layout
 *    12  schema                4   hash of the names of the metrics
 *    16  length of the file    8
 *    24  pid                   8
 *    32  process started       8   ms since the epoch
 *    40  file created          8   ms since the epoch
 *    48  counters              4   that fit
 *    52  histograms            4   that fit
 *    56  directory half        4   bytes
 *    60  distinct errors       4   bytes
 *    64  histograms in use     4
 *    72  directory version     8   its lowest bit names the half that holds
 *    80  frames on their way   4   that are kept, a power of two
 *    84  events                4   that are kept, a power of two
 *    88  draining since        8   ms since the epoch; 0 while new connections are taken
 *    96  draining connections  8   that are open then
 *   128  configuration         4 + up to 2048 bytes of UTF-8
 * </pre>
 */
final class Layout {
  static final int MAGIC = 0;
  static final int VERSION = 8;
  static final int SCHEMA = 12;
  static final int FILE_LENGTH = 16;
  static final int PID = 24;
  static final int STARTED = 32;
  static final int CREATED = 40;
  static final int COUNTERS = 48;
  static final int HISTOGRAMS = 52;
  static final int DIRECTORY_HALF = 56;
  static final int ERRORS = 60;
  static final int HISTOGRAMS_USED = 64;
  static final int DIRECTORY_VERSION = 72;
  static final int TRACES = 80;
  static final int EVENTS = 84;
  static final int DRAINING_SINCE = 88;
  static final int DRAINING_CONNECTIONS = 96;
  static final int CONFIGURATION = 128;
  static final int CONFIGURATION_LENGTH = 2048;
  static final int HEADER_LENGTH = 4096;

  static final long MAGIC_VALUE = 0x4543_4152_4441_4548L;
  static final int VERSION_VALUE = 1;

  /** Changes with the metrics, whose ordinals are in the file. */
  static final int SCHEMA_VALUE = Arrays.toString(Metric.values()).hashCode();

  final ByteBuffer memory;
  final UnsafeBuffer header;
  final Sizes sizes;

  /**
   * How much room there is.
   *
   * @param counters how many
   * @param histograms how many
   * @param directoryHalf bytes
   * @param errors bytes
   * @param traces how many, a power of two
   * @param events how many, a power of two
   */
  record Sizes(
      int counters, int histograms, int directoryHalf, int errors, int traces, int events) {
    /** For a file: only what is written takes memory. */
    static final Sizes FILE = new Sizes(1 << 16, 1 << 13, 1 << 22, 1 << 18, 1 << 14, 1 << 12);

    /** For memory, all of which is taken. */
    static final Sizes MEMORY = new Sizes(1 << 12, 1 << 6, 1 << 16, 1 << 14, 1 << 8, 1 << 8);

    int directory() {
      return HEADER_LENGTH;
    }

    /** Of a version: one after the other they are in the one half and the other. */
    int directoryHalf(long version) {
      return directory() + (int) (version & 1) * directoryHalf;
    }

    int metadata() {
      return directory() + 2 * directoryHalf;
    }

    int values() {
      return metadata() + counters * CountersReader.METADATA_LENGTH;
    }

    int errorLog() {
      return values() + counters * CountersReader.COUNTER_LENGTH;
    }

    int times() {
      return errorLog() + errors;
    }

    int frameTraces() {
      return times() + histograms * Times.LENGTH;
    }

    int eventLog() {
      return frameTraces() + Newest.length(traces);
    }

    int length() {
      return eventLog() + Newest.length(events);
    }

    boolean isValid() {
      return counters > 0
          && histograms > 0
          && directoryHalf > 0
          && errors > 0
          && BitUtil.isPowerOfTwo(traces)
          && BitUtil.isPowerOfTwo(events)
          && BitUtil.isAligned(directoryHalf | errors, Long.BYTES)
          && HEADER_LENGTH
                  + 2L * directoryHalf
                  + (long) counters
                      * (CountersReader.METADATA_LENGTH + CountersReader.COUNTER_LENGTH)
                  + errors
                  + (long) histograms * Times.LENGTH
                  + Newest.length(traces)
                  + Newest.length(events)
              <= Integer.MAX_VALUE;
    }
  }

  Layout(ByteBuffer memory, Sizes sizes) {
    this.memory = memory;
    this.header = new UnsafeBuffer(memory, 0, HEADER_LENGTH);
    this.sizes = sizes;
  }

  UnsafeBuffer directoryHalf(long version) {
    return part(sizes.directoryHalf(version), sizes.directoryHalf);
  }

  UnsafeBuffer metadata() {
    return part(sizes.metadata(), sizes.counters * CountersReader.METADATA_LENGTH);
  }

  UnsafeBuffer values() {
    return part(sizes.values(), sizes.counters * CountersReader.COUNTER_LENGTH);
  }

  UnsafeBuffer errorLog() {
    return part(sizes.errorLog(), sizes.errors);
  }

  UnsafeBuffer times(int index) {
    return part(sizes.times() + index * Times.LENGTH, Times.LENGTH);
  }

  UnsafeBuffer frameTraces() {
    return part(sizes.frameTraces(), Newest.length(sizes.traces));
  }

  UnsafeBuffer eventLog() {
    return part(sizes.eventLog(), Newest.length(sizes.events));
  }

  private UnsafeBuffer part(int offset, int length) {
    return new UnsafeBuffer(memory, offset, length);
  }
}
