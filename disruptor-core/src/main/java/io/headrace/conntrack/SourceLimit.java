package io.headrace.conntrack;

import java.util.concurrent.TimeUnit;

/**
 * Bounds the flows that one source address may begin, or one network of 64 bits of IPv6: a steady
 * number a second, and as many at once. Fixed memory, however many addresses there are, and no
 * scan: each address has a place in each of four rows, where a keyed hash says (a count-min sketch,
 * Cormode and Muthukrishnan 2005, with conservative update, Estan and Varghese 2002). A place keeps
 * one number, the time until which the flows of its addresses have used the rate up (the generic
 * cell rate algorithm, ITU-T I.371).
 *
 * <p>An address never gets more than its limit. It gets less only when each of its four places is
 * another busy address's, too: with b addresses at their limit, for a share of (b/65536)⁴ of the
 * others. Forged addresses that come once each fill the places evenly: they disturb others when
 * they bring more than 65536 times the limit a second.
 *
 * <p>Single writer and reader: the worker that owns the table.
 */
final class SourceLimit {
  private static final int ROWS = 4;
  private static final int ROW_BITS = 16;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** A word of the message that no flow's hash has. */
  private static final long MESSAGE = 4L << 56;

  private static final long IPV6_MESSAGE = 8L << 56;

  private final FlowHash hash;
  private final int perSecond;
  private final long intervalNs;
  private final long[] usedUpUntil;

  /**
   * @param perSecond flows; 0 is no limit
   */
  SourceLimit(FlowHash hash, int perSecond) {
    this.hash = hash;
    this.perSecond = perSecond;
    this.intervalNs = perSecond == 0 ? 0 : SECOND / perSecond;
    this.usedUpUntil = perSecond == 0 ? new long[0] : new long[ROWS << ROW_BITS];
  }

  /** Whether it admits so many a second. */
  boolean isOf(int flows) {
    return perSecond == flows;
  }

  /** Whether the source of a frame may begin a flow now; if so, that counts. */
  boolean admits(FlowTuple frame, long nowNs) {
    if (intervalNs == 0) {
      return true;
    }
    // A host of IPv6 has a whole network of addresses.
    long places =
        frame.isIpv6()
            ? hash.sipHash(frame.sourceHigh(), IPV6_MESSAGE)
            : hash.sipHash(Integer.toUnsignedLong(frame.source()) | MESSAGE);
    long least = SECOND;
    for (int row = 0; row < ROWS; row++) {
      least = Math.min(least, ahead(place(places, row), nowNs));
    }
    if (least > SECOND - intervalNs) {
      return false;
    }
    long ahead = least + intervalNs;
    for (int row = 0; row < ROWS; row++) {
      int place = place(places, row);
      if (ahead(place, nowNs) < ahead) {
        usedUpUntil[place] = nowNs + ahead;
      }
    }
    return true;
  }

  private static int place(long places, int row) {
    return row << ROW_BITS | (int) (places >>> row * ROW_BITS) & (1 << ROW_BITS) - 1;
  }

  /** What lies further ahead than anything can is from a clock that was set back, or unused. */
  private long ahead(int place, long nowNs) {
    long ahead = usedUpUntil[place] - nowNs;
    return ahead < 0 || ahead > SECOND ? 0 : ahead;
  }
}
