package io.headrace.offload;

import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;

/** What the two versions of IP differ in, for programs and keys. */
enum Family {
  IPV4(0x0008, Ipv4.LENGTH, Ipv4.SOURCE, Integer.BYTES),
  IPV6(0xdd86, Ipv6.LENGTH, Ipv6.SOURCE, 2 * Long.BYTES);

  private final int etherType;
  private final int headerLength;
  private final int addresses;
  private final int addressLength;

  Family(int etherType, int headerLength, int addresses, int addressLength) {
    this.etherType = etherType;
    this.headerLength = headerLength;
    this.addresses = addresses;
    this.addressLength = addressLength;
  }

  static Family of(boolean ipv6) {
    return ipv6 ? IPV6 : IPV4;
  }

  /** As it stands on the wire, read in this machine's order. */
  int etherType() {
    return etherType;
  }

  /** Without options or extension headers. */
  int headerLength() {
    return headerLength;
  }

  /** Offset of the two addresses in the header. */
  int addresses() {
    return addresses;
  }

  int addressLength() {
    return addressLength;
  }

  /** Offset in the frame of the transport header. */
  int transport() {
    return Ethernet.LENGTH + headerLength;
  }
}
