package io.headrace.config;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.regex.Pattern;

/**
 * Reads and writes an address with a port, {@code 192.0.2.1:80} or {@code [2001:db8::1]:80}. Never
 * asks a resolver: a name may change its address under live flows, and start-up must not hang on
 * DNS.
 */
public final class Address {
  /** Groups of zeros, two at least, with the colons around them. */
  private static final Pattern ZEROS = Pattern.compile("(?:^|:)0(?::0)+(?::|$)");

  private Address() {}

  /**
   * @param text a literal address and a port from 1 to 65535
   * @throws IllegalArgumentException when it is not; the message is one line for a user
   */
  public static InetSocketAddress parse(String text) {
    String quoted = Wording.quote(text);
    if (text.isEmpty()) {
      throw new IllegalArgumentException("the address is empty; write it as \"192.0.2.1:80\"");
    }
    if (text.startsWith("[")) {
      int end = text.indexOf("]:");
      require(end > 0, quoted + " has no port; write an IPv6 address as \"[2001:db8::1]:80\"");
      return new InetSocketAddress(
          ipv6(text.substring(1, end), quoted), port(text.substring(end + 2), quoted));
    }
    int colon = text.lastIndexOf(':');
    require(
        colon == text.indexOf(':'),
        quoted + " reads as an IPv6 address without brackets; write it as \"[2001:db8::1]:80\"");
    String host = colon < 0 ? text : text.substring(0, colon);
    InetAddress address = ipv4(host, quoted);
    require(colon >= 0, quoted + " has no port; write it as " + Wording.quote(host + ":80"));
    return new InetSocketAddress(address, port(text.substring(colon + 1), quoted));
  }

  /**
   * @param text a literal address of either family, without a port
   * @throws IllegalArgumentException when it is not; the message is one line for a user
   */
  public static InetAddress parseWithoutPort(String text) {
    String quoted = Wording.quote(text);
    require(!text.isEmpty(), "the address is empty; write it as \"192.0.2.1\"");
    int colon = text.indexOf(':');
    require(
        !text.startsWith("[") && (colon < 0 || colon < text.lastIndexOf(':')),
        quoted + " is not an address without a port, as \"192.0.2.1\" or \"2001:db8::1\"");
    return colon < 0 ? ipv4(text, quoted) : ipv6(text, quoted);
  }

  /** The form that {@link #parse} reads. */
  public static String format(InetSocketAddress address) {
    String host = format(address.getAddress());
    return (address.getAddress() instanceof Inet6Address ? "[" + host + "]" : host)
        + ":"
        + address.getPort();
  }

  /** An address without a port; one of IPv6 in the form of RFC 5952. */
  public static String format(InetAddress address) {
    String host = address.getHostAddress();
    return ZEROS
        .matcher(host)
        .results()
        .max(Comparator.comparingInt(run -> run.group().replace(":", "").length()))
        .map(run -> host.substring(0, run.start()) + "::" + host.substring(run.end()))
        .orElse(host);
  }

  private static InetAddress ipv4(String host, String quoted) {
    require(!host.isEmpty(), quoted + " has a port but no address; write it as \"192.0.2.1:80\"");
    require(!host.contains("/"), quoted + " is not an address with a port; leave the \"/\" out");
    require(
        host.chars().noneMatch(Character::isLetter),
        quoted
            + " names a host; write its IP address: names are not looked up, because a name may"
            + " change its address under live connections");
    String[] parts = host.split("\\.", -1);
    require(parts.length == 4, quoted + " is not an IPv4 address: it needs four numbers");
    for (String part : parts) {
      require(
          part.matches("[0-9]+"),
          quoted + " is not an IPv4 address: " + Wording.quote(part) + " is not a number");
      require(
          part.length() <= 3 && Integer.parseInt(part) <= 255,
          quoted + " is not an IPv4 address: " + part + " is more than 255");
      require(
          part.length() == 1 || part.charAt(0) != '0',
          quoted + " is ambiguous: some programs read " + part + " as octal; leave the zero out");
    }
    return Inet4Address.ofLiteral(host);
  }

  private static InetAddress ipv6(String host, String quoted) {
    require(!host.contains("%"), quoted + " has a zone; leave the \"%\" and what follows it out");
    InetAddress address;
    try {
      address = Inet6Address.ofLiteral(host);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(quoted + " is not an IPv6 address", e);
    }
    require(
        address instanceof Inet6Address,
        quoted + " is an IPv4 address in IPv6 form; write it as IPv4, without brackets");
    return address;
  }

  private static int port(String text, String quoted) {
    require(!text.isEmpty(), quoted + " has no port after the colon");
    require(
        text.matches("[0-9]+"),
        quoted + " has a port that is not a number: " + Wording.quote(text));
    require(
        text.length() <= 5 && Integer.parseInt(text) <= 65535,
        quoted + " has a port that is more than 65535");
    int port = Integer.parseInt(text);
    require(port != 0, quoted + " has port 0, which no connection can use");
    return port;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
