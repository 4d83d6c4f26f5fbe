package io.headrace.proxy;

import io.headrace.config.Protocol;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * A connection that is open, or a session of UDP, as it was at one moment.
 *
 * @param stage how far it has come
 * @param client as the connection has it, or a trusted PROXY header
 * @param service where it came in
 * @param frontendId in the registry
 * @param onward to the server; empty while none has taken it
 * @param deadlineNs when it ends unless something is carried, as {@link System#nanoTime}
 */
public record OpenConnection(
    Protocol protocol,
    Stage stage,
    InetSocketAddress client,
    InetSocketAddress service,
    int frontendId,
    Optional<Onward> onward,
    long deadlineNs) {

  /** How far a connection has come. */
  public enum Stage {
    /** No server has taken it, or answered it. */
    OPENING,
    OPEN,
    /** The client has sent its last byte. */
    CLIENT_ENDED,
    /** The server has sent its last byte. */
    SERVER_ENDED
  }

  /**
   * The way from here to the server.
   *
   * @param serverId in the registry
   * @param local what the server sees as its client
   */
  public record Onward(int serverId, InetSocketAddress server, InetSocketAddress local) {}
}
