package io.headrace.config;

import java.time.Duration;

/**
 * How a proxy deals with the servers of a backend.
 *
 * @param connectTimeout after which a server that does not answer is given up
 * @param retries how many other servers are tried when one does not take a connection
 * @param sendProxy the PROXY protocol header that servers are sent
 * @param queue where connections wait while every server has as many as it may
 */
public record ProxyBackendConfig(
    Duration connectTimeout, int retries, SendProxy sendProxy, QueueConfig queue) {
  /** Where the file says nothing. */
  public static final ProxyBackendConfig DEFAULT =
      new ProxyBackendConfig(Duration.ofSeconds(3), 2, SendProxy.NONE, QueueConfig.DEFAULT);

  private static final int MOST_RETRIES = 100;

  /** A version of the PROXY protocol. */
  public enum SendProxy {
    NONE,
    V1,
    V2
  }

  /** Reads the keys of {@code [backends.NAME]} that a proxy goes by. */
  static ProxyBackendConfig read(Section section) {
    return new ProxyBackendConfig(
        section
            .duration("connect_timeout", Duration.ofMillis(1))
            .map(Located::value)
            .orElse(DEFAULT.connectTimeout),
        section
            .integer("retries", 0, MOST_RETRIES)
            .map(found -> found.value().intValue())
            .orElse(DEFAULT.retries),
        section.choice("send_proxy", SendProxy.class).map(Located::value).orElse(DEFAULT.sendProxy),
        QueueConfig.read(section));
  }
}
