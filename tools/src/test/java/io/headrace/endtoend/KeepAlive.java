package io.headrace.endtoend;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A program: asks over one connection, again and again, until it is killed, and prints every
 * answer, which is the name of the server. Ends with "broken: …" when the connection does.
 * Arguments: address, port.
 */
final class KeepAlive {
  private static final int PAUSE_MS = 50;
  private static final int SILENCE_MS = 60_000;

  private KeepAlive() {}

  public static void main(String[] arguments) throws InterruptedException {
    try (Socket socket = new Socket(arguments[0], Integer.parseInt(arguments[1]))) {
      socket.setSoTimeout(SILENCE_MS);
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      while (true) {
        socket
            .getOutputStream()
            .write("GET / HTTP/1.1\r\nHost: test\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        System.out.println(answer(in));
        Thread.sleep(PAUSE_MS);
      }
    } catch (IOException e) {
      System.out.println("broken: " + e);
      System.exit(1);
    }
  }

  private static String answer(BufferedReader in) throws IOException {
    String line = in.readLine();
    while (line != null && !line.isEmpty()) {
      line = in.readLine();
    }
    String name = in.readLine();
    if (name == null) {
      throw new IOException("the server closed the connection");
    }
    return name;
  }
}
