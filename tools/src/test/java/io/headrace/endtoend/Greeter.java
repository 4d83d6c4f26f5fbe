package io.headrace.endtoend;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A program: says hello to everyone who connects. Arguments: port. Prints "ready". */
final class Greeter {
  private Greeter() {}

  public static void main(String[] arguments) throws IOException {
    try (ServerSocket listening = new ServerSocket(Integer.parseInt(arguments[0]))) {
      System.out.println("ready");
      while (true) {
        try (Socket socket = listening.accept()) {
          socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
          socket.shutdownOutput();
          socket.getInputStream().readAllBytes();
        }
      }
    }
  }
}
