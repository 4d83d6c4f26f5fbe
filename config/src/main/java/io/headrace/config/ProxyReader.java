package io.headrace.config;

import io.headrace.config.ProxyConfig.Io;
import io.headrace.config.ProxyConfig.LogFormat;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Reads {@code [proxy]}. */
final class ProxyReader {
  private static final int MOST_LOOPS = 64;

  private ProxyReader() {}

  static ProxyConfig read(Section section, Path file) {
    ProxyConfig otherwise = ProxyConfig.DEFAULT;
    ProxyConfig config =
        new ProxyConfig(
            section.choice("io", Io.class).map(Located::value).orElse(otherwise.io()),
            section
                .integer("event_loops", 1, MOST_LOOPS)
                .map(found -> found.value().intValue())
                .orElse(otherwise.eventLoops()),
            section
                .duration("drain_timeout", Duration.ZERO)
                .map(Located::value)
                .orElse(otherwise.drainTimeout()),
            readLog(section, file),
            section
                .choice("access_log_format", LogFormat.class)
                .map(Located::value)
                .orElse(otherwise.accessLogFormat()));
    section.refuseOthers();
    return config;
  }

  private static Optional<Path> readLog(Section section, Path file) {
    return section
        .string("access_log")
        .flatMap(text -> section.parse("access_log", text, path -> resolve(path, file)))
        .map(Located::value);
  }

  private static Path resolve(String path, Path file) {
    if (path.isBlank()) {
      throw new IllegalArgumentException("the path is empty; leave the key out for no access log");
    }
    try {
      return file.resolveSibling(path);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(Wording.quote(path) + " is not a path", e);
    }
  }
}
