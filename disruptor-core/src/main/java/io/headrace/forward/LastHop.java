package io.headrace.forward;

import io.headrace.conntrack.FlowHash;
import io.headrace.packet.Headers;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * What becomes of a frame whose time to live ends here: a client is told with ICMP time exceeded,
 * as a router does it (RFC 1812, 5.3.1), and so traceroute sees this hop. No error answers an error
 * or a fragment that is not the first (RFC 1122, 3.2.2).
 *
 * <p>A flood must not be answered one for one. The limits are those that Linux has (icmp(7)), of
 * each bucket its share, so that they do not depend on the number of workers: 1000 a second in all,
 * and one a second to a client, six at once. Clients of a bucket share some places. Kept is when
 * the next answer would be due if they came evenly (the generic cell rate algorithm, ITU-T I.371).
 *
 * <p>One worker's.
 */
final class LastHop {
  private static final int BUCKETS = FlowHash.BUCKETS;
  private static final int PLACES = 64;
  private static final int AT_ONCE = 6;
  private static final long BETWEEN_NS = TimeUnit.SECONDS.toNanos(1) * BUCKETS / 1000;
  private static final long BETWEEN_OF_CLIENT_NS = TimeUnit.SECONDS.toNanos(1);

  /** Of each bucket, and behind these of each place. */
  private final long[] dueNs = new long[BUCKETS + BUCKETS * PLACES];

  private boolean begun;

  /** Answers the slot's frame, or drops it. */
  void refuse(Slot slot) {
    if (mayAnswer(slot) && isWithinLimits(slot)) {
      IcmpAnswer.timeExceeded(slot.frame(), slot.headers());
      slot.answer(Reason.TTL_EXPIRED_ANSWERED);
    } else {
      slot.refuse(Reason.TTL_EXPIRED);
    }
  }

  private static boolean mayAnswer(Slot slot) {
    Headers headers = slot.headers();
    return slot.isFromClient()
        && !slot.isError()
        && headers.hasTransportHeader()
        && slot.bucket() != Slot.NO_BUCKET;
  }

  private boolean isWithinLimits(Slot slot) {
    long nowNs = slot.nowNs();
    if (!begun) {
      // The clock may be anywhere.
      begun = true;
      Arrays.fill(dueNs, nowNs);
    }
    int bucket = slot.bucket();
    int place = BUCKETS + bucket * PLACES + (int) (slot.sourceHash() & PLACES - 1);
    if (isTooEarly(bucket, BETWEEN_NS, nowNs) || isTooEarly(place, BETWEEN_OF_CLIENT_NS, nowNs)) {
      return false;
    }
    dueNs[bucket] = Math.max(dueNs[bucket], nowNs) + BETWEEN_NS;
    dueNs[place] = Math.max(dueNs[place], nowNs) + BETWEEN_OF_CLIENT_NS;
    return true;
  }

  private boolean isTooEarly(int index, long betweenNs, long nowNs) {
    return dueNs[index] - nowNs > (AT_ONCE - 1) * betweenNs;
  }
}
