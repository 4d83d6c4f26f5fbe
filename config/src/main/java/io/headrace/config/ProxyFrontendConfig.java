package io.headrace.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a frontend of mode proxy has beyond the others.
 *
 * @param maxConnections that are open at one time; with UDP, sessions
 * @param queue where connections beyond that wait
 * @param idleTimeout after which a connection that carries nothing is closed
 * @param allow the clients that are let in; empty for all
 * @param deny clients that are not, even if allowed
 * @param connectionRate connections a second that one source may open; 0 for any
 * @param acceptProxy whether each connection begins with a PROXY protocol header
 * @param trusted from whom such a header is taken
 * @param sni backends by the server name that a TLS client asks for, {@code *.example} for all
 *     names below; in lower case
 */
public record ProxyFrontendConfig(
    int maxConnections,
    QueueConfig queue,
    Duration idleTimeout,
    List<Cidr> allow,
    List<Cidr> deny,
    int connectionRate,
    boolean acceptProxy,
    List<Cidr> trusted,
    Map<String, String> sni) {
  /** What stands for no limit. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  /** As many UDP sessions where the file says nothing; each takes a descriptor. */
  public static final int DEFAULT_SESSIONS = 10_000;

  /** For TCP, as in nginx. */
  public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofMinutes(10);

  /** For UDP: a datagram may be the last of its client without a word. */
  public static final Duration DEFAULT_SESSION_TIMEOUT = Duration.ofSeconds(60);

  /** Where the file says nothing. */
  public static ProxyFrontendConfig defaults(Protocol protocol) {
    boolean udp = protocol == Protocol.UDP;
    return new ProxyFrontendConfig(
        udp ? DEFAULT_SESSIONS : UNLIMITED,
        QueueConfig.DEFAULT,
        udp ? DEFAULT_SESSION_TIMEOUT : DEFAULT_IDLE_TIMEOUT,
        List.of(),
        List.of(),
        0,
        false,
        List.of(),
        Map.of());
  }
}
