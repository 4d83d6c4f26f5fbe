package io.headrace.proxy;

import io.headrace.config.Protocol;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A connection that is over, for the access log.
 *
 * @param accepted when it came
 * @param frontend where it came in
 * @param protocol of the frontend
 * @param client as the connection has it, or a trusted PROXY header
 * @param serverName what a TLS client asked for, where that was looked at
 * @param backend where it was to go
 * @param server where it went
 * @param bytesFromClient payload
 * @param bytesFromServer payload
 * @param connect how long the server took to take it; zero where none did
 * @param duration from accept to end
 * @param how it ended
 */
public record ConnectionEnd(
    Instant accepted,
    String frontend,
    Protocol protocol,
    InetSocketAddress client,
    Optional<String> serverName,
    String backend,
    Optional<ServerName> server,
    long bytesFromClient,
    long bytesFromServer,
    Duration connect,
    Duration duration,
    Ended how) {

  /**
   * A server.
   *
   * @param name in its backend
   * @param address where it is
   */
  public record ServerName(String name, InetSocketAddress address) {}
}
