package io.headrace.listing;

import io.headrace.config.Address;
import io.headrace.forward.ForwardingTables;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The IPv4 addresses that begin alike (CIDR, RFC 4632).
 *
 * @param address in host order
 * @param mask has the bits that count
 */
record Network(int address, int mask) {
  private static final Pattern CIDR = Pattern.compile("([^/]+)(?:/([0-9]{1,2}))?");

  /**
   * @param text an address, or one with the length of what counts: {@code 10.0.0.0/8}
   * @throws IllegalArgumentException when it is not; the message is one line for a user
   */
  static Network parse(String text) {
    if (text.contains(":")) {
      throw new IllegalArgumentException("\"" + text + "\" is IPv6, which is not there yet");
    }
    Matcher matcher = CIDR.matcher(text);
    int length =
        matcher.matches() && matcher.group(2) != null ? Integer.parseInt(matcher.group(2)) : 32;
    if (!matcher.matches() || length > 32) {
      throw wrong(text);
    }
    try {
      // Any port: only the address's own checks matter.
      int address = ForwardingTables.ipv4(Address.parse(matcher.group(1) + ":1").getAddress());
      int mask = length == 0 ? 0 : -1 << (32 - length);
      return new Network(address & mask, mask);
    } catch (IllegalArgumentException e) {
      throw wrong(text);
    }
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "\"%s\" is no IPv4 address and no network; write 192.0.2.1 or 192.0.2.0/24"
            .formatted(text));
  }

  boolean contains(int other) {
    return (other & mask) == address;
  }
}
