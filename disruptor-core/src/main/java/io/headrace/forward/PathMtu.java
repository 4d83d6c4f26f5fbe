package io.headrace.forward;

import java.util.concurrent.TimeUnit;

/**
 * How long a packet may be on the way to one server, as routers on it have said of packets that
 * were too long for them (RFC 1191, RFC 8201). What they said is forgotten after ten minutes (RFC
 * 1191, 6.3): the next packet that is too long then finds out again.
 *
 * <p>Single writer: capture; any thread reads. Times are those that flows live by.
 */
public final class PathMtu {
  /** Nobody has said anything: longer than any packet. */
  static final int UNKNOWN = 1 << Short.SIZE;

  private static final long LIFE_NS = TimeUnit.MINUTES.toNanos(10);
  private static final int MTU_MASK = 0xFFFF;

  /** The time until which it holds, with the MTU in place of its low 16 bits; 0 for nothing. */
  private volatile long learned;

  /**
   * A router has said so. It may shorten what is known, or say it again, and never makes it longer.
   *
   * @param mtu in bytes, 1 to 65535
   */
  void learn(int mtu, long nowNs) {
    if (mtu <= most(nowNs)) {
      learned = nowNs + LIFE_NS & ~MTU_MASK | mtu;
    }
  }

  /** The longest packet that is known to get through, in bytes, or {@link #UNKNOWN}. */
  int most(long nowNs) {
    long now = learned;
    return now == 0 || now - nowNs <= 0 ? UNKNOWN : (int) now & MTU_MASK;
  }
}
