package io.headrace.config;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code [stats]}: a port on 127.0.0.1, or a whole address. */
final class StatsReader {
  private static final String NONE = "no statistics";

  private static final Key<Integer> PORT =
      Key.optional(
          "port",
          new Type<>(
              "a port, as a number or, as in Convey, a string",
              Map.of("type", List.of("integer", "string")),
              StatsReader::port,
              String::valueOf),
          NONE,
          "7000",
          "statistics on this port of 127.0.0.1");

  private static final Key<InetSocketAddress> LISTEN_ADDR =
      Key.optional(
          "listen_addr",
          Types.address(),
          NONE,
          "\"127.0.0.1:7000\"",
          "address and port, in place of `port`");

  static final List<Key<?>> KEYS = List.of(PORT, LISTEN_ADDR);

  private StatsReader() {}

  static StatsConfig read(Section section) {
    Optional<InetSocketAddress> local =
        section
            .find(PORT)
            .map(port -> new InetSocketAddress(Inet4Address.ofLiteral("127.0.0.1"), port.value()));
    Optional<InetSocketAddress> listen = section.find(LISTEN_ADDR).map(Located::value);
    if (section.has(PORT) && section.has(LISTEN_ADDR)) {
      section.problem(
          section.raw(PORT).orElseThrow(),
          "port and listen_addr exclude each other; leave one out");
    } else if (!section.has(PORT) && !section.has(LISTEN_ADDR)) {
      section.problem(
          section.title()
              + " has no listen_addr; add listen_addr = \"127.0.0.1:7000\", or port = 7000");
    }
    return new StatsConfig(listen.or(() -> local));
  }

  private static Optional<Integer> port(Section section, String key, Located<Object> found) {
    boolean number =
        found.value() instanceof Long
            || found.value() instanceof String text && text.matches("[0-9]{1,9}");
    if (!number) {
      return Types.wrongType(section, key, found, "a number");
    }
    long port = Long.parseLong(found.value().toString());
    if (port < 1 || port > 65535) {
      section.problem(found, "port must be from 1 to 65535, not " + port);
      return Optional.empty();
    }
    return Optional.of((int) port);
  }
}
