package io.headrace.schedule;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * The hash of a client's address alone. It has no key, so that a client has the same one in every
 * mode, on every machine and after every restart. All addresses of an IPv6 network of 64 bits are
 * one client.
 */
public final class SourceHash {
  private SourceHash() {}

  /**
   * @param address IPv4, most significant byte first
   */
  public static long of(int address) {
    return SplitMix.next(address);
  }

  /**
   * @param network the first 64 bits of an IPv6 address
   */
  public static long ofNetwork(long network) {
    return SplitMix.next(network);
  }

  public static long of(InetAddress address) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return bytes.capacity() == Integer.BYTES ? of(bytes.getInt()) : ofNetwork(bytes.getLong());
  }
}
