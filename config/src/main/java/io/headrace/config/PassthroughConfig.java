package io.headrace.config;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Settings of the frame pipeline.
 *
 * @param io how frames enter and leave
 * @param offload whether the kernel forwards frames of established flows
 * @param workers parallel workers, 1 and up
 * @param threading what runs on which thread
 * @param idle what a thread does when it finds no work
 * @param ringSize slots of the ring, a power of two
 * @param connectionTrackerCapacity flows that fit, over all workers
 * @param connectionTrackerFile the durable copy of the flow table of a running balancer
 * @param natPorts the ports that source NAT may use
 * @param sourceAddrs the addresses that source NAT uses on the interfaces that hold them; empty for
 *     each interface's own
 * @param maxHalfOpen flows that may be opening at one time, over all workers, 1 to the capacity
 * @param maxNewPerSource flows a second that one source address may begin; 0 is no limit
 * @param onUnknown what a TCP frame to a frontend meets that has no flow and begins none
 * @param timeouts of the flows
 * @param restartGrace how long the kernel guard outlives an orderly stop while flows live
 * @param statsUpdateFrequency how often the line of statistics is logged; zero never
 */
public record PassthroughConfig(
    Io io,
    Offload offload,
    int workers,
    Threading threading,
    Idle idle,
    int ringSize,
    int connectionTrackerCapacity,
    Path connectionTrackerFile,
    PortRange natPorts,
    List<InetAddress> sourceAddrs,
    int maxHalfOpen,
    int maxNewPerSource,
    OnUnknown onUnknown,
    Timeouts timeouts,
    Duration restartGrace,
    Duration statsUpdateFrequency) {

  /** Where the file says nothing. */
  public static final PassthroughConfig DEFAULT =
      new PassthroughConfig(
          Io.AUTO,
          Offload.AUTO,
          1,
          Threading.SHARED,
          Idle.BACKOFF,
          2048,
          1_000_000,
          Path.of("/var/lib/headrace/flows"),
          new PortRange(10000, 32767),
          List.of(),
          500_000,
          0,
          OnUnknown.RESET,
          Timeouts.DEFAULT,
          Duration.ofSeconds(120),
          Duration.ZERO);

  /** How frames enter and leave. AUTO is the fastest that there is: PACKET. */
  public enum Io {
    AUTO,
    PACKET,
    PCAP
  }

  /**
   * Whether the kernel forwards frames of established flows. TC: by a program at the ingress of
   * each interface; AUTO: where the kernel and the I/O can.
   */
  public enum Offload {
    AUTO,
    OFF,
    TC
  }

  /** SHARED: one duty cycle runs every stage. DEDICATED: each stage has a thread. */
  public enum Threading {
    SHARED,
    DEDICATED
  }

  /**
   * What a thread does when it finds no work. BACKOFF: a bounded spin, then it sleeps until frames
   * come; YIELD: offers its core to others; SPIN: keeps its core.
   */
  public enum Idle {
    BACKOFF,
    YIELD,
    SPIN
  }

  /**
   * What a TCP frame to a frontend meets that has no flow and begins none. DROP: nothing; RESET: a
   * RST in answer (RFC 9293); HASH: it goes to the server that a new connection would.
   */
  public enum OnUnknown {
    DROP,
    RESET,
    HASH
  }

  /**
   * Ports from first to last, both included.
   *
   * @param first the lowest
   * @param last the highest
   */
  public record PortRange(int first, int last) {
    public boolean contains(int port) {
      return first <= port && port <= last;
    }

    /** As the file writes it. */
    @Override
    public String toString() {
      return first + "-" + last;
    }
  }
}
