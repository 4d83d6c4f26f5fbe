package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The Ethernet II header, RFC 894 and IEEE 802.3. A MAC address is the low 48 bits of a long.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                        Destination MAC                        |
 *  +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                               |                               |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 *  |                          Source MAC                           |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |           EtherType           |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class Ethernet extends Flyweight {
  public static final int DESTINATION = 0;
  public static final int SOURCE = 6;
  public static final int TYPE = 12;
  public static final int LENGTH = 14;

  public static final int TYPE_IPV4 = 0x0800;
  public static final int TYPE_ARP = 0x0806;
  public static final int TYPE_IPV6 = 0x86DD;

  /** IEEE 802.1Q: the customer tag. */
  public static final int TYPE_VLAN = 0x8100;

  /** IEEE 802.1ad: the service tag. */
  public static final int TYPE_SERVICE_VLAN = 0x88A8;

  public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

  /** Reads six bytes as a MAC address. */
  public static long getMac(DirectBuffer buffer, int index) {
    return (buffer.getShort(index, BIG_ENDIAN) & 0xFFFFL) << 32
        | buffer.getInt(index + 2, BIG_ENDIAN) & 0xFFFF_FFFFL;
  }

  /** Writes a MAC address as six bytes. */
  public static void putMac(MutableDirectBuffer buffer, int index, long mac) {
    buffer.putShort(index, (short) (mac >>> 32), BIG_ENDIAN);
    buffer.putInt(index + 2, (int) mac, BIG_ENDIAN);
  }

  public long destination() {
    return getMac(DESTINATION);
  }

  public void destination(long mac) {
    putMac(DESTINATION, mac);
  }

  public long source() {
    return getMac(SOURCE);
  }

  public void source(long mac) {
    putMac(SOURCE, mac);
  }

  public int type() {
    return getShort(TYPE);
  }

  public void type(int value) {
    putShort(TYPE, value);
  }
}
