package io.headrace.packet;

/**
 * An ARP packet for IPv4 over Ethernet, RFC 826.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |         Hardware type         |         Protocol type         |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  HW length    | Proto length  |           Operation           |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                          Sender MAC                           |
 *  +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                               |        Sender address         |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |        Sender address         |                               |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 *  |                          Target MAC                           |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                        Target address                         |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class Arp extends Flyweight {
  public static final int HARDWARE_TYPE = 0;
  public static final int PROTOCOL_TYPE = 2;
  public static final int HARDWARE_LENGTH = 4;
  public static final int PROTOCOL_LENGTH = 5;
  public static final int OPERATION = 6;
  public static final int SENDER_MAC = 8;
  public static final int SENDER_ADDRESS = 14;
  public static final int TARGET_MAC = 18;
  public static final int TARGET_ADDRESS = 24;
  public static final int LENGTH = 28;

  public static final int REQUEST = 1;
  public static final int REPLY = 2;

  /** Writes the fields that say "IPv4 over Ethernet". */
  public void typesAndLengths() {
    putShort(HARDWARE_TYPE, 1);
    putShort(PROTOCOL_TYPE, Ethernet.TYPE_IPV4);
    putByte(HARDWARE_LENGTH, 6);
    putByte(PROTOCOL_LENGTH, 4);
  }

  public int operation() {
    return getShort(OPERATION);
  }

  public void operation(int value) {
    putShort(OPERATION, value);
  }

  public long senderMac() {
    return getMac(SENDER_MAC);
  }

  public void senderMac(long mac) {
    putMac(SENDER_MAC, mac);
  }

  public int senderAddress() {
    return getInt(SENDER_ADDRESS);
  }

  public void senderAddress(int address) {
    putInt(SENDER_ADDRESS, address);
  }

  public long targetMac() {
    return getMac(TARGET_MAC);
  }

  public void targetMac(long mac) {
    putMac(TARGET_MAC, mac);
  }

  public int targetAddress() {
    return getInt(TARGET_ADDRESS);
  }

  public void targetAddress(int address) {
    putInt(TARGET_ADDRESS, address);
  }
}
