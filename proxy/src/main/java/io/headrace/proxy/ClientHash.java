package io.headrace.proxy;

import io.headrace.schedule.SplitMix;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;

/**
 * The hash by which a scheduler chooses: of the client's address and port, under a key of this
 * process, so that a client cannot choose its server by its port.
 */
final class ClientHash {
  private static final long KEY = new SecureRandom().nextLong();

  private ClientHash() {}

  static long of(InetSocketAddress client) {
    InetAddress address = client.getAddress();
    long hash = KEY;
    for (byte each : address.getAddress()) {
      hash = hash * 31 + each;
    }
    return SplitMix.mix(SplitMix.mix(hash) + client.getPort() + KEY);
  }
}
