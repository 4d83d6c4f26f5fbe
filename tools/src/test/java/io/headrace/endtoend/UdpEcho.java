package io.headrace.endtoend;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A program: sends every datagram back. Arguments: port, and the addresses to listen on where it is
 * not every one. Prints "ready".
 */
final class UdpEcho {
  private UdpEcho() {}

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(arguments[0]);
    List<DatagramSocket> sockets = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      sockets.add(new DatagramSocket(port, InetAddress.getByName(arguments[i])));
    }
    if (sockets.isEmpty()) {
      sockets.add(new DatagramSocket(port));
    }
    sockets.forEach(socket -> Thread.ofPlatform().start(() -> echo(socket)));
    System.out.println("ready");
  }

  private static void echo(DatagramSocket socket) {
    byte[] buffer = new byte[65536];
    try (socket) {
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        socket.send(packet);
      }
    } catch (IOException e) {
      System.out.println("ended: " + e);
    }
  }
}
