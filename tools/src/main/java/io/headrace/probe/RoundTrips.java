package io.headrace.probe;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One way of asking a server and waiting for its answer, over an open connection. */
interface RoundTrips extends AutoCloseable {
  /**
   * Asks, and waits for the answer.
   *
   * @throws IOException when there is none in time, or the connection has ended
   */
  void ask() throws IOException;

  @Override
  void close() throws IOException;

  /** What is sent each time; an answer is whatever comes first. */
  static RoundTrips tcp(InetSocketAddress to, String request, int timeoutMs) throws IOException {
    Socket socket = new Socket();
    socket.connect(to, timeoutMs);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(timeoutMs);
    byte[] bytes = request.getBytes(StandardCharsets.UTF_8);
    byte[] answer = new byte[1 << 16];
    return new RoundTrips() {
      @Override
      public void ask() throws IOException {
        // What is left of the last answer is not the answer to this.
        while (socket.getInputStream().available() > 0) {
          socket.getInputStream().read(answer);
        }
        socket.getOutputStream().write(bytes);
        if (socket.getInputStream().read(answer) < 0) {
          throw new IOException("the server has closed the connection");
        }
      }

      @Override
      public void close() throws IOException {
        socket.close();
      }
    };
  }

  /** As above, with datagrams. */
  static RoundTrips udp(InetSocketAddress to, String request, int timeoutMs) throws IOException {
    DatagramSocket socket = new DatagramSocket();
    socket.connect(to);
    socket.setSoTimeout(timeoutMs);
    byte[] bytes = request.getBytes(StandardCharsets.UTF_8);
    DatagramPacket question = new DatagramPacket(bytes, bytes.length);
    DatagramPacket answer = new DatagramPacket(new byte[1 << 16], 1 << 16);
    return new RoundTrips() {
      @Override
      public void ask() throws IOException {
        socket.send(question);
        socket.receive(answer);
      }

      @Override
      public void close() {
        socket.close();
      }
    };
  }
}
