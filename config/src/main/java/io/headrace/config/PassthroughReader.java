package io.headrace.config;

import io.headrace.config.PassthroughConfig.Idle;
import io.headrace.config.PassthroughConfig.Io;
import io.headrace.config.PassthroughConfig.Offload;
import io.headrace.config.PassthroughConfig.OnUnknown;
import io.headrace.config.PassthroughConfig.PortRange;
import io.headrace.config.PassthroughConfig.Threading;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code [passthrough]}. */
final class PassthroughReader {
  private static final PassthroughConfig DEFAULT = PassthroughConfig.DEFAULT;
  private static final int LEAST_NAT_PORTS = 64;
  private static final int MOST_FLOWS = 100_000_000;
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,5}) *- *([0-9]{1,5})");

  private static final Key<Io> IO =
      Key.of(
              "io",
              Types.choice(Io.class),
              DEFAULT.io(),
              "\"pcap\"",
              "`\"packet\"`: packet sockets with a mapped ring; `\"pcap\"`: libpcap, the portable"
                  + " reference; `\"auto\"`: the fastest")
          .onlyAtStart();

  private static final Key<Offload> OFFLOAD =
      Key.of(
              "offload",
              Types.choice(Offload.class),
              DEFAULT.offload(),
              "\"off\"",
              "whether the kernel itself forwards what follows in an established connection"
                  + " ([offload.md](offload.md)): `\"auto\"`: where it can; `\"tc\"`: the same, with"
                  + " a warning where it cannot; `\"off\"`: the pipeline forwards all")
          .onlyAtStart();

  /** A flow belongs to one of 16 buckets, and each bucket to one worker. */
  private static final Key<Integer> WORKERS =
      Key.of("workers", Types.integer(1, 16), DEFAULT.workers(), "2", "parallel workers")
          .onlyAtStart();

  private static final Key<Threading> THREADING =
      Key.of(
              "threading",
              Types.choice(Threading.class),
              DEFAULT.threading(),
              "\"dedicated\"",
              "`\"shared\"`: one thread runs all stages, best on a box with few cores; `\"dedicated\"`: a"
                  + " thread for each stage")
          .onlyAtStart();

  private static final Key<Idle> IDLE =
      Key.of(
              "idle",
              Types.choice(Idle.class),
              DEFAULT.idle(),
              "\"spin\"",
              "a thread without work: `\"backoff\"` gives way to others for a short while, then sleeps"
                  + " until frames come; `\"yield\"`; `\"spin\"` keeps its core")
          .onlyAtStart();

  private static final Key<Integer> RING_SIZE =
      Key.of(
              "ring_size",
              Types.integer(64, 1 << 14),
              DEFAULT.ringSize(),
              "4096",
              "slots of the ring, a power of two; each takes 66 KB of memory on each interface")
          .onlyAtStart();

  private static final Key<Integer> CAPACITY =
      Key.of(
              "connection_tracker_capacity",
              Types.integer(1, MOST_FLOWS),
              DEFAULT.connectionTrackerCapacity(),
              "200000",
              "connections that fit; each takes 50 to 60 bytes of the file, which is made whole at the"
                  + " first start, and 96 to 128 of memory when it is there"
                  + " ([sizing](operations.md#sizing))")
          .onlyAtStart();

  private static final Key<Path> TRACKER_FILE =
      Key.of(
              "connection_tracker_file",
              Types.text("a path", Paths::parse, Path::toString),
              DEFAULT.connectionTrackerFile(),
              "\"flows\"",
              "where connections outlive the process; a relative path starts at the directory of the"
                  + " file that names it")
          .onlyAtStart();

  private static final Key<PortRange> NAT_PORTS =
      Key.of(
              "nat_ports",
              Types.text("a range of ports", PassthroughReader::parseRange, PortRange::toString),
              DEFAULT.natPorts(),
              "\"20000-29999\"",
              "the ports that stand for clients at a server; ports in use at the start are left out")
          .onlyAtStart();

  private static final Key<List<InetAddress>> SOURCE_ADDRS =
      Key.optional(
              "source_addrs",
              Types.list("addresses", Address::parseWithoutPort, InetAddress::getHostAddress),
              "that interface's own",
              "[\"192.0.2.2\", \"192.0.2.3\"]",
              "addresses of this machine that stand for clients, on an interface towards servers; each"
                  + " has all of `nat_ports` again")
          .onlyAtStart();

  private static final Key<Integer> MAX_HALF_OPEN =
      Key.optional(
          "max_half_open",
          Types.integer(1, MOST_FLOWS),
          "half of the capacity",
          "10000",
          "connections that may be half-open at one time, up to the capacity");

  private static final Key<Integer> MAX_NEW_PER_SOURCE =
      Key.of(
          "max_new_per_source",
          Types.integer(0, 1_000_000),
          DEFAULT.maxNewPerSource(),
          "100",
          "new connections a second of one client address; 0 is no limit");

  private static final Key<OnUnknown> ON_UNKNOWN =
      Key.of(
          "on_unknown",
          Types.choice(OnUnknown.class),
          DEFAULT.onUnknown(),
          "\"drop\"",
          "what a TCP frame meets that belongs to no connection and begins none: `\"reset\"` answers"
              + " with a RST, `\"drop\"` drops it, `\"hash\"` sends it to the server that a new"
              + " connection would have");

  private static final Key<Section> TIMEOUTS =
      Key.optional(
          "timeouts",
          Types.table(TimeoutsReader.KEYS),
          "",
          "",
          "how long a connection is kept after its last frame, by its state. [conntrack.md](conntrack.md)"
              + " says what the states are and where the defaults come from");

  private static final Key<Duration> RESTART_GRACE =
      Key.of(
          "restart_grace",
          Types.duration(Duration.ZERO),
          DEFAULT.restartGrace(),
          "\"5m\"",
          "how long a stopped balancer's live connections wait for the next start");

  private static final Key<Duration> STATS_UPDATE_FREQUENCY =
      Key.of(
          "stats_update_frequency",
          Types.duration(Duration.ZERO),
          DEFAULT.statsUpdateFrequency(),
          "60",
          "a line of statistics in the log every so often; 0 is never");

  static final List<Key<?>> KEYS =
      List.of(
          IO,
          OFFLOAD,
          WORKERS,
          THREADING,
          IDLE,
          RING_SIZE,
          CAPACITY,
          TRACKER_FILE,
          NAT_PORTS,
          SOURCE_ADDRS,
          MAX_HALF_OPEN,
          MAX_NEW_PER_SOURCE,
          ON_UNKNOWN,
          TIMEOUTS,
          RESTART_GRACE,
          STATS_UPDATE_FREQUENCY);

  private PassthroughReader() {}

  static PassthroughConfig read(Section section) {
    int capacity = section.get(CAPACITY);
    return new PassthroughConfig(
        section.get(IO),
        section.get(OFFLOAD),
        section.get(WORKERS),
        section.get(THREADING),
        section.get(IDLE),
        readRingSize(section),
        capacity,
        section.find(TRACKER_FILE).map(Paths::resolve).orElse(DEFAULT.connectionTrackerFile()),
        section.get(NAT_PORTS),
        section.find(SOURCE_ADDRS).map(Located::value).orElse(List.of()),
        readHalfOpen(section, capacity),
        section.get(MAX_NEW_PER_SOURCE),
        section.get(ON_UNKNOWN),
        section
            .find(TIMEOUTS)
            .map(table -> TimeoutsReader.read(table.value()))
            .orElse(Timeouts.DEFAULT),
        section.get(RESTART_GRACE),
        section.get(STATS_UPDATE_FREQUENCY));
  }

  private static int readRingSize(Section section) {
    Optional<Located<Integer>> found = section.find(RING_SIZE);
    int size = found.map(Located::value).orElse(DEFAULT.ringSize());
    if (Integer.bitCount(size) != 1) {
      int below = Integer.highestOneBit(size);
      section.problem(
          found.orElseThrow(),
          "ring_size must be a power of two, not "
              + size
              + "; the nearest are "
              + below
              + " and "
              + 2 * below);
    }
    return size;
  }

  private static int readHalfOpen(Section section, int capacity) {
    Optional<Located<Integer>> found = section.find(MAX_HALF_OPEN);
    found
        .filter(most -> most.value() > capacity)
        .ifPresent(
            most ->
                section.problem(
                    most,
                    "max_half_open must be from 1 to "
                        + capacity
                        + ", the capacity, not "
                        + most.value()));
    return found.map(Located::value).orElse(Math.max(1, capacity / 2));
  }

  private static PortRange parseRange(String text) {
    Matcher matcher = RANGE.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          Wording.quote(text) + " is not a range of ports; write it as \"10000-32767\"");
    }
    PortRange range =
        new PortRange(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    if (range.first() < 1 || range.last() > 65535) {
      throw new IllegalArgumentException(range + " goes beyond the ports there are, 1-65535");
    }
    if (range.first() > range.last()) {
      throw new IllegalArgumentException(range + " ends before it begins");
    }
    if (range.last() - range.first() + 1 < LEAST_NAT_PORTS) {
      throw new IllegalArgumentException(
          range + " is too small; at least " + LEAST_NAT_PORTS + " ports are needed");
    }
    return range;
  }
}
