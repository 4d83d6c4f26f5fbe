package io.headrace.config;

import io.headrace.config.PassthroughConfig.Idle;
import io.headrace.config.PassthroughConfig.Io;
import io.headrace.config.PassthroughConfig.OnUnknown;
import io.headrace.config.PassthroughConfig.PortRange;
import io.headrace.config.PassthroughConfig.Threading;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code [passthrough]}. */
final class PassthroughReader {
  /** A flow belongs to one of 16 buckets, and each bucket to one worker. */
  private static final int MOST_WORKERS = 16;

  private static final int LEAST_NAT_PORTS = 64;
  private static final int LARGEST_RING = 1 << 14;
  private static final int MOST_FLOWS = 100_000_000;
  private static final int MOST_NEW_PER_SOURCE = 1_000_000;
  private static final Duration SHORTEST_TIMEOUT = Duration.ofSeconds(1);
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,5}) *- *([0-9]{1,5})");

  private PassthroughReader() {}

  static PassthroughConfig read(Section section, Path file) {
    PassthroughConfig otherwise = PassthroughConfig.DEFAULT;
    int capacity =
        number(
            section.integer("connection_tracker_capacity", 1, MOST_FLOWS),
            otherwise.connectionTrackerCapacity());
    PassthroughConfig config =
        new PassthroughConfig(
            value(section.choice("io", Io.class), otherwise.io()),
            number(section.integer("workers", 1, MOST_WORKERS), otherwise.workers()),
            value(section.choice("threading", Threading.class), otherwise.threading()),
            value(section.choice("idle", Idle.class), otherwise.idle()),
            readRingSize(section),
            capacity,
            value(readTrackerFile(section, file), otherwise.connectionTrackerFile()),
            readNatPorts(section),
            section.distinct("source_addrs", Address::parseIpv4),
            number(section.integer("max_half_open", 1, capacity), Math.max(1, capacity / 2)),
            number(
                section.integer("max_new_per_source", 0, MOST_NEW_PER_SOURCE),
                otherwise.maxNewPerSource()),
            value(section.choice("on_unknown", OnUnknown.class), otherwise.onUnknown()),
            section
                .section("timeouts")
                .map(PassthroughReader::readTimeouts)
                .orElse(Timeouts.DEFAULT),
            value(section.duration("restart_grace", Duration.ZERO), otherwise.restartGrace()),
            value(
                section.duration("stats_update_frequency", Duration.ZERO),
                otherwise.statsUpdateFrequency()));
    section.refuseOthers();
    return config;
  }

  /** Each key is the name of a state in lower case. */
  private static Timeouts readTimeouts(Section section) {
    Timeouts otherwise = Timeouts.DEFAULT;
    Timeouts timeouts =
        new Timeouts(
            readTimeout(section, "syn_sent", otherwise.synSent()),
            readTimeout(section, "syn_received", otherwise.synReceived()),
            readTimeout(section, "established", otherwise.established()),
            readTimeout(section, "fin_client", otherwise.finClient()),
            readTimeout(section, "fin_server", otherwise.finServer()),
            readTimeout(section, "time_wait", otherwise.timeWait()),
            readTimeout(section, "reset", otherwise.reset()),
            readTimeout(section, "udp_unreplied", otherwise.udpUnreplied()),
            readTimeout(section, "udp_replied", otherwise.udpReplied()));
    section.refuseOthers();
    return timeouts;
  }

  private static Duration readTimeout(Section section, String state, Duration otherwise) {
    return value(section.duration(state, SHORTEST_TIMEOUT), otherwise);
  }

  private static int readRingSize(Section section) {
    Optional<Located<Long>> found = section.integer("ring_size", 64, LARGEST_RING);
    int size = number(found, PassthroughConfig.DEFAULT.ringSize());
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

  private static Optional<Located<Path>> readTrackerFile(Section section, Path file) {
    return section
        .string("connection_tracker_file")
        .flatMap(
            text -> section.parse("connection_tracker_file", text, path -> resolve(path, file)));
  }

  private static Path resolve(String path, Path file) {
    if (path.isBlank()) {
      throw new IllegalArgumentException(
          "the path is empty; leave the key out for the default, "
              + PassthroughConfig.DEFAULT.connectionTrackerFile());
    }
    try {
      return file.resolveSibling(path);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(Wording.quote(path) + " is not a path", e);
    }
  }

  private static PortRange readNatPorts(Section section) {
    return section
        .string("nat_ports")
        .flatMap(text -> section.parse("nat_ports", text, PassthroughReader::parseRange))
        .map(Located::value)
        .orElse(PassthroughConfig.DEFAULT.natPorts());
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

  private static <T> T value(Optional<Located<T>> found, T otherwise) {
    return found.map(Located::value).orElse(otherwise);
  }

  private static int number(Optional<Located<Long>> found, int otherwise) {
    return found.map(number -> number.value().intValue()).orElse(otherwise);
  }
}
