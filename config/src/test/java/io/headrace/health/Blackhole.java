package io.headrace.health;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A port that answers no connection: its listener accepts none, and its backlog is full. */
final class Blackhole implements AutoCloseable {
  private final ServerSocket listener;
  private final List<Socket> backlog = new ArrayList<>();

  Blackhole() throws IOException {
    listener = new ServerSocket(0, 1);
    while (fill()) {}
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort());
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : backlog) {
      socket.close();
    }
    listener.close();
  }

  private boolean fill() throws IOException {
    Socket socket = new Socket();
    backlog.add(socket);
    try {
      socket.connect(address(), 100);
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }
}
