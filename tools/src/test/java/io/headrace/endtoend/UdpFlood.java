package io.headrace.endtoend;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;

/**
 * A program: sends small datagrams as fast as it can, and looks at no answer. Arguments: address,
 * port, how many.
 */
final class UdpFlood {
  private UdpFlood() {}

  public static void main(String[] arguments) throws IOException {
    byte[] little = new byte[8];
    int count = Integer.parseInt(arguments[2]);
    try (DatagramSocket socket = new DatagramSocket()) {
      DatagramPacket packet =
          new DatagramPacket(
              little,
              little.length,
              InetAddress.getByName(arguments[0]),
              Integer.parseInt(arguments[1]));
      for (int i = 0; i < count; i++) {
        socket.send(packet);
      }
    }
    System.out.println("sent: " + count);
  }
}
