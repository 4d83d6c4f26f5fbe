package io.headrace.proxy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Connections a second from one source: a token bucket for each, which holds what a second brings.
 * A source is an address of IPv4 or a /64 of IPv6, as much as one customer is given. The sources
 * that were seen last are known, so that a flood from ever new ones does not fill the memory. Any
 * thread.
 */
final class SourceRate {
  private static final int MOST_SOURCES = 1 << 16;
  private static final int PREFIX_BYTES = 8;
  private static final double SECOND_NS = TimeUnit.SECONDS.toNanos(1);

  private final Map<InetAddress, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);
  private volatile int perSecond;

  private static final class Bucket {
    private double tokens;
    private long filledNs;
  }

  /** Changes the rate; 0 is any. */
  void perSecond(int rate) {
    perSecond = rate;
  }

  /** Whether a source may open another connection now; if so, it counts. */
  boolean admit(InetAddress source, long nowNs) {
    int rate = perSecond;
    return rate == 0 || take(key(source), rate, nowNs);
  }

  private synchronized boolean take(InetAddress source, int rate, long nowNs) {
    Bucket bucket = buckets.get(source);
    if (bucket == null) {
      bucket = new Bucket();
      bucket.tokens = rate;
      bucket.filledNs = nowNs;
      buckets.put(source, bucket);
      if (buckets.size() > MOST_SOURCES) {
        buckets.remove(buckets.keySet().iterator().next());
      }
    }
    bucket.tokens =
        Math.min(rate, bucket.tokens + Math.max(0, nowNs - bucket.filledNs) * rate / SECOND_NS);
    bucket.filledNs = nowNs;
    if (bucket.tokens < 1) {
      return false;
    }
    bucket.tokens--;
    return true;
  }

  int sources() {
    synchronized (this) {
      return buckets.size();
    }
  }

  private static InetAddress key(InetAddress source) {
    if (!(source instanceof Inet6Address)) {
      return source;
    }
    byte[] prefix = source.getAddress();
    Arrays.fill(prefix, PREFIX_BYTES, prefix.length, (byte) 0);
    return Addresses.of(prefix);
  }
}
