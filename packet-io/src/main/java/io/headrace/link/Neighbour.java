package io.headrace.link;

import java.util.Arrays;

/**
 * What the kernel knows of a station on a link (linux/neighbour.h, arp(7)).
 *
 * @param mac its 48-bit Ethernet address; 0 while it is not known
 * @param state how much that can be trusted
 */
public record Neighbour(long mac, State state) {
  /** The kernel's NUD states. NONE is also the state of a station that it has never heard of. */
  public enum State {
    NONE(0x00, false),
    INCOMPLETE(0x01, false),
    REACHABLE(0x02, true),
    STALE(0x04, true),
    DELAY(0x08, true),
    PROBE(0x10, true),
    FAILED(0x20, false),
    NOARP(0x40, true),
    PERMANENT(0x80, true);

    private final int bit;
    private final boolean usable;

    State(int bit, boolean usable) {
      this.bit = bit;
      this.usable = usable;
    }

    static State of(int bits) {
      return Arrays.stream(values()).filter(s -> s.bit == bits).findFirst().orElse(NONE);
    }
  }

  static final Neighbour UNKNOWN = new Neighbour(0, State.NONE);

  /** Whether frames can be sent to it. */
  public boolean isUsable() {
    return state.usable && mac != 0;
  }

  /**
   * Whether the kernel has to be told that it is in use: it would otherwise never ask for it, or
   * forget it in time, because frames that the balancer sends do not pass the kernel's table.
   */
  boolean needsProbe() {
    return state == State.NONE || state == State.FAILED || state == State.STALE;
  }
}
