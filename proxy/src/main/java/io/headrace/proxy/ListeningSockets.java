package io.headrace.proxy;

import io.headrace.config.Protocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets that listen on an address, to be passed from one process to the next (SCM_RIGHTS,
 * unix(7)): those who wait in them to be accepted are lost if they are closed.
 *
 * @param address where they are
 * @param protocol for which
 * @param descriptors numbers of open files of this process
 */
public record ListeningSockets(
    InetSocketAddress address, Protocol protocol, List<Integer> descriptors) {
  /**
   * Sends them; they stay open here.
   *
   * @param to over a Unix socket, blocking
   */
  public void send(SocketChannel to) throws IOException {
    for (int each : descriptors) {
      FilePassing.send(to, each);
    }
  }

  /**
   * Receives what {@link #send} sends, with new numbers.
   *
   * @param count how many there are
   * @param from over a Unix socket, blocking
   */
  public static ListeningSockets receive(
      InetSocketAddress address, Protocol protocol, int count, SocketChannel from)
      throws IOException {
    List<Integer> descriptors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      descriptors.add(FilePassing.receive(from));
    }
    return new ListeningSockets(address, protocol, descriptors);
  }
}
