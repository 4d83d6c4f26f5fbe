package io.headrace.endtoend;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;

/** A program: sends every datagram back. Arguments: port. Prints "ready". */
final class UdpEcho {
  private UdpEcho() {}

  public static void main(String[] arguments) throws IOException {
    try (DatagramSocket socket = new DatagramSocket(Integer.parseInt(arguments[0]))) {
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
