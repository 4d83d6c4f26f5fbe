package io.headrace.endtoend;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A program: sends an admin port requests of every bad kind as fast as it takes them, until it is
 * killed, and prints how many were refused. Arguments: address, port.
 */
final class AdminFlood {
  private static final int SLOW = 100;
  private static final int SILENCE_MS = 2_000;
  private static final String[] BAD = {
    "POST /servers/drain?server=main HTTP/1.1\r\nAuthorization: Bearer wrong\r\n\r\n",
    "POST /reload HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n",
    "GET /none HTTP/1.1\r\n\r\n",
    "GET http://[ HTTP/1.1\r\n\r\n",
    "\0\1\2\3 nonsense\r\n\r\n",
    "GET /" + "x".repeat(50_000) + " HTTP/1.1\r\n\r\n",
    "GET /stats HTTP/1.1\r\n" + "X-Huge: huge\r\n".repeat(5_000) + "\r\n"
  };

  private AdminFlood() {}

  public static void main(String[] arguments) throws InterruptedException {
    String address = arguments[0];
    int port = Integer.parseInt(arguments[1]);
    AtomicLong refused = new AtomicLong();
    for (String each : BAD) {
      Thread.ofPlatform().start(() -> send(address, port, each, refused));
    }
    for (int i = 0; i < SLOW; i++) {
      Thread.ofVirtual().start(() -> dribble(address, port));
    }
    while (true) {
      Thread.sleep(200);
      System.out.println("refused: " + refused);
    }
  }

  private static void send(String address, int port, String request, AtomicLong refused) {
    byte[] bytes = request.getBytes(StandardCharsets.US_ASCII);
    while (true) {
      try (Socket socket = new Socket(address, port)) {
        socket.setSoTimeout(SILENCE_MS);
        socket.getOutputStream().write(bytes);
        socket.getInputStream().read();
        refused.incrementAndGet();
      } catch (SocketTimeoutException e) {
        // It waits for the rest.
      } catch (IOException e) {
        refused.incrementAndGet();
      }
    }
  }

  /** One byte now and then. */
  private static void dribble(String address, int port) {
    while (true) {
      try (Socket socket = new Socket(address, port)) {
        OutputStream out = socket.getOutputStream();
        while (true) {
          out.write('G');
          Thread.sleep(500);
        }
      } catch (IOException e) {
        // It was cut off.
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
