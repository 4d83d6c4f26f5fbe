package io.headrace.proxy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Instant;

/**
 * A session of UDP on its way from one process to the next, with its socket to the server
 * (SCM_RIGHTS, unix(7)): the client keeps its server, and the server sees the client at the same
 * port.
 *
 * @param listen where it came in
 * @param socket by which of the sockets that listen there, as the kernel keeps the client on it
 * @param local what the server sees as its client
 * @param opened when its first datagram came
 * @param bytesFromClient payload so far
 * @param bytesFromServer payload so far
 * @param descriptor the number of its socket in this process
 */
public record MovingSession(
    InetSocketAddress listen,
    int socket,
    InetSocketAddress client,
    InetSocketAddress server,
    InetSocketAddress local,
    Instant opened,
    long bytesFromClient,
    long bytesFromServer,
    int descriptor) {
  /**
   * Sends its socket; it stays open here.
   *
   * @param to over a Unix socket, blocking
   */
  public void send(SocketChannel to) throws IOException {
    FilePassing.send(to, descriptor);
  }

  /**
   * The same with the socket that {@link #send} sends next.
   *
   * @param from over a Unix socket, blocking
   */
  public MovingSession receive(SocketChannel from) throws IOException {
    return new MovingSession(
        listen,
        socket,
        client,
        server,
        local,
        opened,
        bytesFromClient,
        bytesFromServer,
        FilePassing.receive(from));
  }
}
