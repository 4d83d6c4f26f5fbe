package io.headrace.config;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Reads those keys of {@code [frontends.NAME]} that mode proxy alone has. */
final class ProxyFrontendReader {
  private static final int MOST_CONNECTIONS = 10_000_000;
  private static final int HIGHEST_RATE = 1_000_000;
  private static final List<String> OF_ANY =
      List.of("max_connections", "idle_timeout", "allow", "deny", "connection_rate");
  private static final List<String> OF_TCP =
      List.of("queue_size", "queue_timeout", "accept_proxy", "trusted_cidrs", "sni");

  private ProxyFrontendReader() {}

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
      refuse(section, OF_ANY, "mode \"proxy\"");
      refuse(section, OF_TCP, "mode \"proxy\"");
      return otherwise;
    }
    if (protocol != Protocol.TCP) {
      refuse(section, OF_TCP, "protocol \"tcp\"");
    }
    Optional<Located<Boolean>> acceptProxy =
        protocol == Protocol.TCP ? section.bool("accept_proxy") : Optional.empty();
    List<Cidr> trusted = protocol == Protocol.TCP ? ranges(section, "trusted_cidrs") : List.of();
    boolean accepts = acceptProxy.map(Located::value).orElse(false);
    if (accepts && !section.keys().contains("trusted_cidrs")) {
      section.problem(
          acceptProxy.orElseThrow(),
          "accept_proxy needs trusted_cidrs, the addresses whose word on the client is taken; add"
              + " trusted_cidrs = [\"192.0.2.0/24\"]");
    } else if (!accepts && !trusted.isEmpty()) {
      section.problem("trusted_cidrs has no effect without accept_proxy = true");
    }
    return new ProxyFrontendConfig(
        number(section.integer("max_connections", 1, MOST_CONNECTIONS), otherwise.maxConnections()),
        protocol == Protocol.TCP ? QueueConfig.read(section) : otherwise.queue(),
        section
            .duration("idle_timeout", Duration.ofMillis(100))
            .map(Located::value)
            .orElse(otherwise.idleTimeout()),
        ranges(section, "allow"),
        ranges(section, "deny"),
        number(section.integer("connection_rate", 1, HIGHEST_RATE), otherwise.connectionRate()),
        accepts,
        trusted,
        Collections.unmodifiableMap(
            protocol == Protocol.TCP ? readSni(section, reference) : Map.of()));
  }

  private static void refuse(Section section, List<String> keys, String owner) {
    for (String key : keys) {
      section
          .any(key)
          .ifPresent(found -> section.problem(found, key + " is a setting of " + owner + " alone"));
    }
  }

  private static List<Cidr> ranges(Section section, String key) {
    return section.strings(key).stream()
        .flatMap(text -> section.parse(key, text, Cidr::parse).stream())
        .map(Located::value)
        .toList();
  }

  private static Map<String, String> readSni(
      Section section, BiConsumer<Section, Located<String>> reference) {
    Map<String, String> backends = new LinkedHashMap<>();
    section
        .section("sni")
        .ifPresent(
            table -> {
              for (String name : table.keys()) {
                Optional<Located<String>> backend = table.string(name);
                backend.ifPresent(found -> reference.accept(table, found));
                backend.ifPresent(found -> put(backends, name, found, table));
              }
            });
    return backends;
  }

  private static void put(
      Map<String, String> backends, String name, Located<String> backend, Section table) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (!lower.matches("(\\*\\.)?[a-z0-9_-]+(\\.[a-z0-9_-]+)*")) {
      table.problem(
          backend,
          Wording.quote(name)
              + " is not a host name; write \"www.example.com\", or \"*.example.com\" for all below"
              + " it (in quotes)");
    } else if (backends.put(lower, backend.value()) != null) {
      table.problem(backend, Wording.quote(lower) + " stands there twice");
    }
  }

  private static int number(Optional<Located<Long>> found, int otherwise) {
    return found.map(number -> number.value().intValue()).orElse(otherwise);
  }
}
