package io.headrace.config;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Reads those keys of {@code [frontends.NAME]} that mode proxy alone has. */
final class ProxyFrontendReader {
  private static final Key<Integer> MAX_CONNECTIONS =
      Key.optional(
          "max_connections",
          Types.integer(1, 10_000_000),
          "what the process's limit of open files (`ulimit -n`; two for each connection) and its"
              + " memory allow; UDP 10,000",
          "20000",
          "open at one time; with UDP, sessions");

  private static final Key<Duration> IDLE_TIMEOUT =
      Key.optional(
          "idle_timeout",
          Types.duration(Duration.ofMillis(100)),
          "10 min; UDP 60 s",
          "\"1h\"",
          "a connection that carried nothing for as long is closed; with UDP, a session ends");

  private static final Key<List<Cidr>> ALLOW = ranges("allow", "all", "clients that are let in");

  private static final Key<List<Cidr>> DENY =
      ranges("deny", "none", "clients that are not, even if allowed");

  private static final Key<Integer> CONNECTION_RATE =
      Key.optional(
          "connection_rate",
          Types.integer(1, 1_000_000),
          "any",
          "50",
          "connections a second that one source may open, as many at once; a /64 of IPv6 is one"
              + " source");

  private static final Key<Boolean> ACCEPT_PROXY =
      Key.of(
          "accept_proxy",
          Types.bool(),
          false,
          "true",
          "each connection begins with a PROXY protocol header, version 1 or 2, which tells the"
              + " client's address");

  private static final Key<List<Cidr>> TRUSTED_CIDRS =
      ranges(
          "trusted_cidrs",
          "required with `accept_proxy`",
          "from whom such a header is taken; others are reset");

  private static final Key<Map<String, Located<String>>> SNI =
      Key.optional(
          "sni",
          Types.named("a table of a backend for each server name", Types.text()),
          "none",
          "{ \"a.example\" = \"pool_a\", \"*.b.example\" = \"pool_b\" }",
          "backends by the name that a TLS client asks for. TLS is not terminated. Other names, no"
              + " name, no TLS, and clients that say nothing for 5 s go to `backend`");

  private static final List<Key<?>> OF_ANY =
      List.of(MAX_CONNECTIONS, IDLE_TIMEOUT, ALLOW, DENY, CONNECTION_RATE);

  private static final List<Key<?>> OF_TCP =
      Stream.concat(QueueConfig.KEYS.stream(), Stream.of(ACCEPT_PROXY, TRUSTED_CIDRS, SNI))
          .toList();

  static final List<Key<?>> KEYS = Stream.concat(OF_ANY.stream(), OF_TCP.stream()).toList();

  private ProxyFrontendReader() {}

  private static Key<List<Cidr>> ranges(String name, String absent, String meaning) {
    return Key.optional(
        name,
        Types.list("ranges of addresses", Cidr::parse, Cidr::toString),
        absent,
        "[\"192.0.2.0/24\", \"2001:db8::/32\"]",
        meaning);
  }

  /**
   * @param reference checks the name of a backend
   */
  static ProxyFrontendConfig read(
      Section section,
      Mode mode,
      Protocol protocol,
      BiConsumer<Section, Located<String>> reference) {
    ProxyFrontendConfig otherwise = ProxyFrontendConfig.defaults(protocol);
    if (mode != Mode.PROXY) {
      refuse(section, KEYS, "mode \"proxy\"");
      return otherwise;
    }
    boolean tcp = protocol == Protocol.TCP;
    if (!tcp) {
      refuse(section, OF_TCP, "protocol \"tcp\"");
    }
    Optional<Located<Boolean>> acceptProxy = tcp ? section.find(ACCEPT_PROXY) : Optional.empty();
    List<Cidr> trusted = tcp ? ranges(section, TRUSTED_CIDRS) : List.of();
    boolean accepts = acceptProxy.map(Located::value).orElse(false);
    if (accepts && !section.has(TRUSTED_CIDRS)) {
      section.problem(
          acceptProxy.orElseThrow(),
          "accept_proxy needs trusted_cidrs, the addresses whose word on the client is taken; add"
              + " trusted_cidrs = [\"192.0.2.0/24\"]");
    } else if (!accepts && !trusted.isEmpty()) {
      section.problem("trusted_cidrs has no effect without accept_proxy = true");
    }
    return new ProxyFrontendConfig(
        section.find(MAX_CONNECTIONS).map(Located::value).orElse(otherwise.maxConnections()),
        tcp ? QueueConfig.read(section) : otherwise.queue(),
        section.find(IDLE_TIMEOUT).map(Located::value).orElse(otherwise.idleTimeout()),
        ranges(section, ALLOW),
        ranges(section, DENY),
        section.find(CONNECTION_RATE).map(Located::value).orElse(otherwise.connectionRate()),
        accepts,
        trusted,
        tcp ? readSni(section, reference) : Map.of());
  }

  private static void refuse(Section section, List<Key<?>> keys, String owner) {
    for (Key<?> key : keys) {
      section
          .raw(key)
          .ifPresent(
              found -> section.problem(found, key.name() + " is a setting of " + owner + " alone"));
    }
  }

  private static List<Cidr> ranges(Section section, Key<List<Cidr>> key) {
    return section.find(key).map(Located::value).orElse(List.of());
  }

  private static Map<String, String> readSni(
      Section section, BiConsumer<Section, Located<String>> reference) {
    Map<String, String> backends = new LinkedHashMap<>();
    section
        .find(SNI)
        .ifPresent(
            names ->
                names
                    .value()
                    .forEach(
                        (name, backend) -> {
                          reference.accept(section, backend);
                          put(backends, name, backend, section);
                        }));
    return Collections.unmodifiableMap(backends);
  }

  private static void put(
      Map<String, String> backends, String name, Located<String> backend, Section section) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (!lower.matches("(\\*\\.)?[a-z0-9_-]+(\\.[a-z0-9_-]+)*")) {
      section.problem(
          backend,
          Wording.quote(name)
              + " is not a host name; write \"www.example.com\", or \"*.example.com\" for all below"
              + " it (in quotes)");
    } else if (backends.put(lower, backend.value()) != null) {
      section.problem(backend, Wording.quote(lower) + " stands there twice");
    }
  }
}
