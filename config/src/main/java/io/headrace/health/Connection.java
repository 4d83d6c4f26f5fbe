package io.headrace.health;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;

/** How checks connect over TCP. */
final class Connection {
  private Connection() {}

  /**
   * @throws IOException when the server does not take it
   */
  static SocketChannel open(InetSocketAddress at, Deadline deadline) throws IOException {
    SocketChannel channel = deadline.guard(newChannel());
    try {
      channel.connect(at);
      // On loopback, a port that nobody listens on can be connected to itself.
      if (at.equals(channel.getLocalAddress())) {
        throw new CheckException("connection refused");
      }
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static SocketChannel newChannel() throws NoCheckException {
    try {
      return SocketChannel.open();
    } catch (IOException e) {
      throw new NoCheckException("no socket could be opened: " + e.getMessage(), e);
    }
  }
}
