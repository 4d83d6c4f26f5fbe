package io.headrace.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Settings of the proxy as a whole.
 *
 * @param io how it talks to the kernel
 * @param eventLoops threads that carry connections; 0 is one for each processor
 * @param drainTimeout how long connections may go on after the order to stop
 * @param accessLog where a line for each connection is written; empty for no log
 * @param accessLogFormat what a line looks like
 */
public record ProxyConfig(
    Io io,
    int eventLoops,
    Duration drainTimeout,
    Optional<Path> accessLog,
    LogFormat accessLogFormat) {
  /** Where the file says nothing. */
  public static final ProxyConfig DEFAULT =
      new ProxyConfig(Io.AUTO, 0, Duration.ofSeconds(30), Optional.empty(), LogFormat.TEXT);

  /** How the proxy talks to the kernel. AUTO: IO_URING where the kernel allows it, else NIO. */
  public enum Io {
    AUTO,
    IO_URING,
    NIO
  }

  /** What a line of the access log looks like. */
  public enum LogFormat {
    TEXT,
    JSON
  }
}
