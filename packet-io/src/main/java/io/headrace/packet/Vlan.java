package io.headrace.packet;

/**
 * A VLAN tag, IEEE 802.1Q (802.1ad for the outer one of two). The view starts behind the EtherType
 * that announces the tag, so that the first tag of a frame is at {@link Ethernet#LENGTH}.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  | PCP |D|        VLAN ID        |           EtherType           |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class Vlan extends Flyweight {
  public static final int CONTROL = 0;
  public static final int TYPE = 2;
  public static final int LENGTH = 4;

  /** Tag control information: priority, drop eligibility and VLAN identifier. */
  public int control() {
    return getShort(CONTROL);
  }

  public void control(int value) {
    putShort(CONTROL, value);
  }

  public int id() {
    return control() & 0xFFF;
  }

  /** EtherType of what follows the tag. */
  public int type() {
    return getShort(TYPE);
  }

  public void type(int value) {
    putShort(TYPE, value);
  }
}
