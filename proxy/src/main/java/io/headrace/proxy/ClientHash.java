package io.headrace.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;

/**
 * The hash by which a scheduler chooses: of the client's address and port, under a key of this
 * process, so that a client cannot choose its server by its port.
 */
final class ClientHash {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;
  private static final long KEY = new SecureRandom().nextLong();

  private ClientHash() {}

  static long of(InetSocketAddress client) {
    InetAddress address = client.getAddress();
    long hash = KEY;
    for (byte each : address.getAddress()) {
      hash = hash * 31 + each;
    }
    return mix(mix(hash) + client.getPort() + KEY);
  }

  /** Another hash of the same client. */
  static long again(long hash) {
    return mix(hash + GOLDEN);
  }

  /** The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014; variant 13 of Stafford). */
  private static long mix(long value) {
    long z = value;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
