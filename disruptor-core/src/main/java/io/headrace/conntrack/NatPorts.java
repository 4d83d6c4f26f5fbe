package io.headrace.conntrack;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The ports that source NAT may use, divided by their low bits: a port is only ever given to a flow
 * of the bucket that its low bits spell, so that an answer finds the worker of its flow without a
 * look-up. Immutable; any thread.
 */
public final class NatPorts {
  private static final char NONE = 0xffff;

  private final char[][] byBucket = new char[FlowHash.BUCKETS][];

  /** The place of each port in its bucket, or NONE. */
  private final char[] indexes = new char[0x10000];

  /**
   * @param usable the ports
   * @throws IllegalArgumentException when a bucket would have none
   */
  public NatPorts(BitSet usable) {
    if (usable.length() > 0x10000) {
      throw new IllegalArgumentException("a NAT port above 65535: " + (usable.length() - 1));
    }
    Arrays.fill(indexes, NONE);
    char[] counts = new char[FlowHash.BUCKETS];
    for (int port = usable.nextSetBit(0); port >= 0; port = usable.nextSetBit(port + 1)) {
      indexes[port] = counts[bucketOf(port)]++;
    }
    for (int bucket = 0; bucket < byBucket.length; bucket++) {
      if (counts[bucket] == 0) {
        throw new IllegalArgumentException(
            "too few NAT ports: of the %d given none is %d modulo %d; give a range of %3$d free ports or more"
                .formatted(usable.cardinality(), bucket, FlowHash.BUCKETS));
      }
      byBucket[bucket] = new char[counts[bucket]];
    }
    for (int port = usable.nextSetBit(0); port >= 0; port = usable.nextSetBit(port + 1)) {
      byBucket[bucketOf(port)][indexes[port]] = (char) port;
    }
  }

  /** The bucket whose flows may have this port. */
  public static int bucketOf(int port) {
    return port & (FlowHash.BUCKETS - 1);
  }

  int count(int bucket) {
    return byBucket[bucket].length;
  }

  int port(int bucket, int index) {
    return byBucket[bucket][index];
  }

  boolean has(int port) {
    return indexes[port] != NONE;
  }

  /** The index in its bucket of a port that is one of these. */
  int index(int port) {
    return indexes[port];
  }
}
