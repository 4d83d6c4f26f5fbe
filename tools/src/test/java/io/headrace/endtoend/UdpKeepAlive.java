package io.headrace.endtoend;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;

/**
 * A program: asks an echo from one port, again and again, until it is killed, and prints the number
 * of each answer. Arguments: address, port.
 */
final class UdpKeepAlive {
  private static final int PAUSE_MS = 5;
  private static final int PATIENCE_MS = 200;

  private UdpKeepAlive() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(InetAddress.getByName(arguments[0]), Integer.parseInt(arguments[1]));
      socket.setSoTimeout(PATIENCE_MS);
      DatagramPacket packet = new DatagramPacket(new byte[100], 100);
      for (int answers = 0; ; ) {
        try {
          socket.send(packet);
          socket.receive(packet);
          answers++;
          System.out.println(answers);
        } catch (SocketTimeoutException e) {
          continue;
        }
        Thread.sleep(PAUSE_MS);
      }
    }
  }
}
