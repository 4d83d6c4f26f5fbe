package io.headrace.config;

import io.headrace.config.ProxyConfig.Io;
import io.headrace.config.ProxyConfig.LogFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Reads {@code [proxy]}. */
final class ProxyReader {
  private static final ProxyConfig DEFAULT = ProxyConfig.DEFAULT;

  private static final Key<Io> IO =
      Key.of(
              "io",
              Types.choice(Io.class),
              DEFAULT.io(),
              "\"nio\"",
              "how it talks to the kernel: `\"nio\"` works everywhere; `\"auto\"` is `\"io_uring\"` where the"
                  + " kernel allows it")
          .onlyAtStart();

  private static final Key<Integer> EVENT_LOOPS =
      Key.optional(
              "event_loops",
              Types.integer(1, 64),
              "one for each processor",
              "4",
              "threads that carry connections")
          .onlyAtStart();

  private static final Key<Duration> DRAIN_TIMEOUT =
      Key.of(
          "drain_timeout",
          Types.duration(Duration.ZERO),
          DEFAULT.drainTimeout(),
          "\"2m\"",
          "how long connections may go on after SIGTERM; a second signal ends them at once");

  private static final Key<Path> ACCESS_LOG =
      Key.optional(
          "access_log",
          Types.text("a path", Paths::parse, Path::toString),
          "no log",
          "\"/var/log/headrace/access.log\"",
          "a file that gets a line for each connection at its end; a relative path starts at the"
              + " directory of the file that names it. A file that was moved away is opened anew");

  private static final Key<LogFormat> ACCESS_LOG_FORMAT =
      Key.of(
          "access_log_format",
          Types.choice(LogFormat.class),
          DEFAULT.accessLogFormat(),
          "\"json\"",
          "`\"text\"`: time of the accept, frontend, client, backend/server, the server's address,"
              + " end, bytes from the client, bytes from the server, ms to connect, ms in all, TLS"
              + " name; or `\"json\"`");

  static final List<Key<?>> KEYS =
      List.of(EVENT_LOOPS, IO, DRAIN_TIMEOUT, ACCESS_LOG, ACCESS_LOG_FORMAT);

  private ProxyReader() {}

  static ProxyConfig read(Section section) {
    return new ProxyConfig(
        section.get(IO),
        section.find(EVENT_LOOPS).map(Located::value).orElse(DEFAULT.eventLoops()),
        section.get(DRAIN_TIMEOUT),
        section.find(ACCESS_LOG).map(Paths::resolve),
        section.get(ACCESS_LOG_FORMAT));
  }
}
