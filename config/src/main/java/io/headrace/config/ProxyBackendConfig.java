package io.headrace.config;

import java.time.Duration;
import java.util.List;

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

  /** A version of the PROXY protocol. */
  public enum SendProxy {
    NONE,
    V1,
    V2
  }

  private static final Key<Duration> CONNECT_TIMEOUT =
      Key.of(
          "connect_timeout",
          Types.duration(Duration.ofMillis(1)),
          DEFAULT.connectTimeout,
          "\"500ms\"",
          "a server that has not taken a connection by then is given up");

  private static final Key<Integer> RETRIES =
      Key.of(
          "retries",
          Types.integer(0, 100),
          DEFAULT.retries,
          "3",
          "other servers that are tried before the client is reset");

  private static final Key<SendProxy> SEND_PROXY =
      Key.of(
          "send_proxy",
          Types.choice(SendProxy.class),
          DEFAULT.sendProxy,
          "\"v2\"",
          "the PROXY protocol header that servers get before all data; they must expect it");

  static final List<Key<?>> KEYS = List.of(CONNECT_TIMEOUT, RETRIES, SEND_PROXY);

  /** Reads the keys of {@code [backends.NAME]} that a proxy goes by. */
  static ProxyBackendConfig read(Section section) {
    return new ProxyBackendConfig(
        section.get(CONNECT_TIMEOUT),
        section.get(RETRIES),
        section.get(SEND_PROXY),
        QueueConfig.read(section));
  }
}
