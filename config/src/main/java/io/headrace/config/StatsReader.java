package io.headrace.config;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Reads {@code [stats]}: a port on 127.0.0.1, or a whole address. */
final class StatsReader {
  private StatsReader() {}

  static StatsConfig read(Section section) {
    Optional<Located<Object>> port = section.any("port");
    Optional<Located<InetSocketAddress>> listen = section.address("listen_addr");
    boolean both = port.isPresent() && section.keys().contains("listen_addr");
    if (both) {
      section.problem(port.get(), "port and listen_addr exclude each other; leave one out");
    } else if (port.isEmpty()) {
      section.require("listen_addr", "\"127.0.0.1:7000\", or port = 7000");
    }
    section.refuseOthers();
    return new StatsConfig(listen.map(Located::value).or(() -> local(section, port)));
  }

  private static Optional<InetSocketAddress> local(
      Section section, Optional<Located<Object>> port) {
    return port.flatMap(found -> parse(section, found))
        .map(number -> new InetSocketAddress(Inet4Address.ofLiteral("127.0.0.1"), number));
  }

  /** Convey writes the port as a string. */
  private static Optional<Integer> parse(Section section, Located<Object> found) {
    boolean number =
        found.value() instanceof Long
            || found.value() instanceof String text && text.matches("[0-9]{1,9}");
    if (!number) {
      section.problem(found, "port must be a number, not " + Wording.describe(found.value()));
      return Optional.empty();
    }
    long port = Long.parseLong(found.value().toString());
    if (port < 1 || port > 65535) {
      section.problem(found, "port must be from 1 to 65535, not " + port);
      return Optional.empty();
    }
    return Optional.of((int) port);
  }
}
