package io.headrace.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Addresses out of bytes. */
final class Addresses {
  private Addresses() {}

  /**
   * @param bytes 4 or 16
   */
  static InetAddress of(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length, e);
    }
  }
}
