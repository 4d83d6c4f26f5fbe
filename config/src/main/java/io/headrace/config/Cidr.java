package io.headrace.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * A range of addresses, {@code 192.0.2.0/24} or {@code 2001:db8::/32} (RFC 4632, RFC 4291); a
 * single address is a range of one.
 *
 * @param network its lowest address
 * @param bits how many leading bits all of its addresses share
 */
public record Cidr(InetAddress network, int bits) {
  /**
   * @throws IllegalArgumentException when it is not one; the message is one line for a user
   */
  public static Cidr parse(String text) {
    String quoted = Wording.quote(text);
    int slash = text.indexOf('/');
    InetAddress address = literal(slash < 0 ? text : text.substring(0, slash), quoted);
    int most = address.getAddress().length * Byte.SIZE;
    if (slash < 0) {
      return new Cidr(address, most);
    }
    String length = text.substring(slash + 1);
    if (!length.matches("[0-9]{1,3}") || Integer.parseInt(length) > most) {
      throw new IllegalArgumentException(
          quoted + " does not end with a number of bits from 0 to " + most);
    }
    Cidr range = new Cidr(address, Integer.parseInt(length));
    byte[] lowest = range.lowest();
    if (!Arrays.equals(lowest, address.getAddress())) {
      throw new IllegalArgumentException(
          quoted
              + " has bits set beyond its first "
              + length
              + "; the range that it is in is "
              + Wording.quote(format(lowest) + "/" + length));
    }
    return range;
  }

  /** Whether an address is in it; one of the other family is not. */
  public boolean contains(InetAddress address) {
    byte[] mine = network.getAddress();
    byte[] other = address.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    int whole = bits / Byte.SIZE;
    if (!Arrays.equals(mine, 0, whole, other, 0, whole)) {
      return false;
    }
    int rest = bits % Byte.SIZE;
    return rest == 0 || ((mine[whole] ^ other[whole]) & 0xff) >>> Byte.SIZE - rest == 0;
  }

  /** As the file writes it. */
  @Override
  public String toString() {
    return Address.format(network) + "/" + bits;
  }

  private byte[] lowest() {
    byte[] bytes = network.getAddress();
    for (int i = 0; i < bytes.length; i++) {
      int kept = Math.clamp(bits - i * Byte.SIZE, 0, Byte.SIZE);
      bytes[i] = (byte) (bytes[i] & 0xff << Byte.SIZE - kept);
    }
    return bytes;
  }

  private static String format(byte[] address) {
    try {
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }

  /** No resolver is asked, and no form of IPv4 is taken that some programs read otherwise. */
  private static InetAddress literal(String text, String quoted) {
    String problem = quoted + " is not a range of addresses; write it as \"192.0.2.0/24\"";
    boolean ipv4 = text.matches("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    if (!ipv4 && (text.indexOf(':') < 0 || text.indexOf('%') >= 0)) {
      throw new IllegalArgumentException(problem);
    }
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(problem, e);
    }
  }
}
