package io.headrace.packet;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IP address of either family, as two longs: one of IPv6 as {@link Ipv6} has it, one of IPv4 in
 * its mapped form (RFC 4291, 2.5.5.2).
 */
public record IpAddress(long high, long low) {
  /** Of every address of IPv4. */
  public static final long IPV4_HIGH = 0;

  private static final long MAPPED = 0xFFFF_0000_0000L;

  public static IpAddress of(InetAddress address) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return address instanceof Inet4Address
        ? ofIpv4(bytes.getInt())
        : new IpAddress(bytes.getLong(), bytes.getLong());
  }

  /**
   * @param address as {@link Ipv4} has it
   */
  public static IpAddress ofIpv4(int address) {
    return new IpAddress(IPV4_HIGH, ipv4Low(address));
  }

  /**
   * The low half of an address of IPv4.
   *
   * @param address as {@link Ipv4} has it
   */
  public static long ipv4Low(int address) {
    return MAPPED | Integer.toUnsignedLong(address);
  }

  /** Of a literal address. */
  public static IpAddress parse(String text) {
    return of(InetAddress.ofLiteral(text));
  }

  public boolean isIpv6() {
    return isIpv6(high, low);
  }

  public static boolean isIpv6(long high, long low) {
    return high != IPV4_HIGH || low >>> Integer.SIZE << Integer.SIZE != MAPPED;
  }

  /** The number that the four bytes of one of IPv4 make, as {@link Ipv4} has it. */
  public int ipv4() {
    return (int) low;
  }

  public InetAddress toInetAddress() {
    ByteBuffer bytes =
        isIpv6()
            ? ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low)
            : ByteBuffer.allocate(Integer.BYTES).putInt(ipv4());
    try {
      return InetAddress.getByAddress(bytes.array());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }

  /** As the file writes it. */
  @Override
  public String toString() {
    return toInetAddress().getHostAddress();
  }
}
