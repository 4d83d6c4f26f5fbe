package io.headrace.endtoend;

import io.headrace.testbed.Host;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A program: sends datagrams of many lengths from many ports to an echo, and compares what comes
 * back, byte by byte. Asks again when no answer comes, as UDP may lose. Arguments: address, port,
 * how many, and the most bytes of one where that is not what fills a frame. Prints "answered: N".
 */
final class UdpAsker {
  private static final int PER_SOCKET = 10;
  private static final int LONGEST_FRAME = 1500;
  private static final int IPV4_HEADERS = 28;
  private static final int IPV6_HEADERS = 48;
  private static final int ATTEMPTS = 20;
  private static final int PATIENCE_MS = 500;

  private UdpAsker() {}

  public static void main(String[] arguments) throws IOException {
    InetAddress address = InetAddress.getByName(arguments[0]);
    int fills = LONGEST_FRAME - (address instanceof Inet6Address ? IPV6_HEADERS : IPV4_HEADERS);
    int answered =
        ask(
            address,
            Integer.parseInt(arguments[1]),
            Integer.parseInt(arguments[2]),
            arguments.length > 3 ? Integer.parseInt(arguments[3]) : fills);
    System.out.println("answered: " + answered);
  }

  /** As the program with these arguments, in a thread of this JVM; returns how many it prints. */
  static int run(Host from, String address, int port, int count, int longest) {
    FutureTask<Integer> asking =
        new FutureTask<>(() -> ask(InetAddress.ofLiteral(address), port, count, longest));
    from.threads().newThread(asking).start();
    try {
      return asking.get();
    } catch (ExecutionException e) {
      throw new AssertionError(address, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private static int ask(InetAddress address, int port, int count, int longest) throws IOException {
    SplittableRandom random = new SplittableRandom(17);
    int answered = 0;
    for (int asked = 0; asked < count; asked += PER_SOCKET) {
      try (DatagramSocket socket = new DatagramSocket()) {
        socket.connect(address, port);
        socket.setSoTimeout(PATIENCE_MS);
        for (int i = 0; i < PER_SOCKET; i++) {
          byte[] question = new byte[1 + random.nextInt(longest)];
          random.nextBytes(question);
          answered += isEchoed(socket, question) ? 1 : 0;
        }
      }
    }
    return answered;
  }

  private static boolean isEchoed(DatagramSocket socket, byte[] question) throws IOException {
    byte[] buffer = new byte[65536];
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        socket.send(new DatagramPacket(question, question.length));
        DatagramPacket answer = new DatagramPacket(buffer, buffer.length);
        socket.receive(answer);
        if (Arrays.equals(question, 0, question.length, buffer, 0, answer.getLength())) {
          return true;
        }
      } catch (PortUnreachableException e) {
        throw e;
      } catch (IOException e) {
        // No answer; or a router has just said how long a packet may be, and the next is cut.
        continue;
      }
    }
    return false;
  }
}
