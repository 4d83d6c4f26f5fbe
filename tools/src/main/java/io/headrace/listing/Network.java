package io.headrace.listing;

import io.headrace.config.Address;
import io.headrace.packet.IpAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The addresses that begin alike (CIDR, RFC 4632 and RFC 4291).
 *
 * @param address one of them, with zeros behind what counts
 * @param highMask has the bits that count of the high half
 * @param lowMask has the bits that count of the low half
 */
record Network(IpAddress address, long highMask, long lowMask) {
  private static final Pattern CIDR = Pattern.compile("([^/]+)(?:/([0-9]{1,3}))?");
  private static final int BITS = 128;
  private static final int IPV4_BITS = 32;

  /**
   * @param text an address, or one with the length of what counts: {@code 10.0.0.0/8}
   * @throws IllegalArgumentException when it is not; the message is one line for a user
   */
  static Network parse(String text) {
    Matcher matcher = CIDR.matcher(text);
    if (!matcher.matches()) {
      throw wrong(text);
    }
    IpAddress address;
    try {
      address = IpAddress.of(Address.parseWithoutPort(matcher.group(1)));
    } catch (IllegalArgumentException e) {
      throw wrong(text);
    }
    int most = address.isIpv6() ? BITS : IPV4_BITS;
    int length = matcher.group(2) == null ? most : Integer.parseInt(matcher.group(2));
    if (length > most) {
      throw wrong(text);
    }
    // An address of IPv4 ends with its bits; those before are the same in all.
    int counting = BITS - most + length;
    long highMask = mask(counting);
    long lowMask = mask(counting - Long.SIZE);
    return new Network(
        new IpAddress(address.high() & highMask, address.low() & lowMask), highMask, lowMask);
  }

  private static long mask(int bits) {
    return bits <= 0 ? 0 : -1L << Math.max(0, Long.SIZE - bits);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "\"%s\" is no address and no network; write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"
            .formatted(text));
  }

  /** Whether an address is one of them, as {@link IpAddress} has it. */
  boolean contains(long high, long low) {
    return (high & highMask) == address.high()
        && (low & lowMask) == address.low()
        && IpAddress.isIpv6(high, low) == address.isIpv6();
  }
}
