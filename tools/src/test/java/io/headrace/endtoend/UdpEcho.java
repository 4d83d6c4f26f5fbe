package io.headrace.endtoend;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;

/**
 * A program: sends every datagram back. Arguments: port, and the address to listen on where it is
 * not every one. Prints "ready".
 */
final class UdpEcho {
  private UdpEcho() {}

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(arguments[0]);
    try (DatagramSocket socket =
        arguments.length == 1
            ? new DatagramSocket(port)
            : new DatagramSocket(port, InetAddress.getByName(arguments[1]))) {
      System.out.println("ready");
      byte[] buffer = new byte[65536];
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        socket.send(packet);
      }
    }
  }
}
