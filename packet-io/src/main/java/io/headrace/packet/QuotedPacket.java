package io.headrace.packet;

import org.agrona.DirectBuffer;

/**
 * The packet that an ICMP error quotes: whose flow it is, and where in the frame. Reused; allocates
 * nothing. An accessor holds what the last {@link #parse} found that returned true. Not
 * thread-safe.
 */
public final class QuotedPacket extends FiveTuple {
  /** Of a transport header an error quotes this much at least: RFC 792. */
  private static final int LEAST_QUOTED = 8;

  private int networkOffset;
  private int transportOffset;
  private int end;
  private int packetLength;
  private boolean tooBig;
  private boolean ports;
  private int nextHopMtu;

  /**
   * Finds the packet in an ICMP message. What it carried is mostly cut off, and that is no fault:
   * its lengths are not looked at.
   *
   * @param message of the frame, whose parse said {@link Parse#ICMP}
   * @return whether the message is an error, and quotes a packet; not a fragment but the first
   */
  public boolean parse(DirectBuffer frame, Headers message) {
    int icmp = message.transportOffset();
    if (message.transportLength() < Icmp.LENGTH
        || !Icmp.isError(message.isIpv6(), getByte(frame, icmp + Icmp.TYPE))) {
      return false;
    }
    networkOffset = icmp + Icmp.LENGTH;
    end = icmp + message.transportLength();
    tooBig = Icmp.isTooBig(frame, icmp, message.isIpv6());
    nextHopMtu = tooBig ? Icmp.nextHopMtu(frame, icmp, message.isIpv6()) : 0;
    if (!(message.isIpv6() ? parseIpv6(frame) : parseIpv4(frame))) {
      return false;
    }
    parsePorts(frame);
    return true;
  }

  private boolean parseIpv4(DirectBuffer frame) {
    int at = networkOffset;
    if (end - at < Ipv4.LENGTH) {
      return false;
    }
    int versionAndLength = getByte(frame, at + Ipv4.VERSION_AND_LENGTH);
    int length = (versionAndLength & 0xF) << 2;
    int fragment = getShort(frame, at + Ipv4.FRAGMENT);
    if (versionAndLength >>> 4 != 4
        || length < Ipv4.LENGTH
        || (fragment & Ipv4.FRAGMENT_OFFSET_MASK) != 0) {
      return false;
    }
    transportOffset = at + length;
    protocol = getByte(frame, at + Ipv4.PROTOCOL);
    packetLength = getShort(frame, at + Ipv4.TOTAL_LENGTH);
    addressesOfIpv4(frame, at);
    return true;
  }

  private boolean parseIpv6(DirectBuffer frame) {
    int at = networkOffset;
    if (end - at < Ipv6.LENGTH || getByte(frame, at) >>> 4 != 6) {
      return false;
    }
    addressesOfIpv6(frame, at);
    packetLength = Ipv6.LENGTH + getShort(frame, at + Ipv6.PAYLOAD_LENGTH);
    protocol = getByte(frame, at + Ipv6.NEXT_HEADER);
    transportOffset = at + Ipv6.LENGTH;
    for (int before = 0; Ipv6.isExtension(protocol, before); before++) {
      int length = Ipv6.extensionLength(frame, protocol, transportOffset, end);
      if (length > end - transportOffset
          || protocol == Ipv6.FRAGMENT
              && getShort(frame, transportOffset + Ipv6.FRAGMENT_OFFSET) >>> 3 != 0) {
        return false;
      }
      protocol = getByte(frame, transportOffset);
      transportOffset += length;
    }
    return true;
  }

  private void parsePorts(DirectBuffer frame) {
    ports =
        (protocol == Ipv4.PROTOCOL_TCP || protocol == Ipv4.PROTOCOL_UDP)
            && end - transportOffset >= LEAST_QUOTED;
    if (ports) {
      ports(frame, transportOffset);
    }
  }

  /** Whether it is of TCP or UDP, and is quoted up to its ports: it has some only then. */
  public boolean hasPorts() {
    return ports;
  }

  /** Bytes that it had when it was sent, as its header says. */
  public int packetLength() {
    return packetLength;
  }

  /** Whether the error says that it was too long for a link. */
  public boolean isTooBig() {
    return tooBig;
  }

  /** Offset in the frame of its IP header. */
  public int networkOffset() {
    return networkOffset;
  }

  /** Offset in the frame of its TCP or UDP header. */
  public int transportOffset() {
    return transportOffset;
  }

  /**
   * The longest packet that goes on where it was too long, in bytes; 0 for another error, and from
   * a router that does not say.
   */
  public int nextHopMtu() {
    return nextHopMtu;
  }

  /** Offset in the frame of what follows its last byte that is quoted. */
  public int end() {
    return end;
  }
}
