package io.headrace.endtoend;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * A program: moves 10 MB bodies over many connections that all stand at the same time, and compares
 * every byte. Arguments: {@code download} or {@code upload} (which comes back as an echo), address,
 * how many at once. Prints "exact: N", or what was wrong and ends with 1.
 */
final class Transfers {
  private static final int PORT = 80;
  private static final int CHUNK = 64 * 1024;
  private static final int SILENCE_MS = 170_000;

  private final String address;
  private final boolean upload;
  private final CyclicBarrier allConnected;
  private final byte[] body = NginxServer.bigBody();

  private Transfers(boolean upload, String address, int atOnce) {
    this.upload = upload;
    this.address = address;
    this.allConnected = new CyclicBarrier(atOnce);
  }

  public static void main(String[] arguments) {
    int atOnce = Integer.parseInt(arguments[2]);
    String said = run(Thread.ofVirtual().factory(), arguments[0], arguments[1], atOnce);
    System.out.println(said);
    System.exit(said.equals("exact: " + atOnce) ? 0 : 1);
  }

  /** As the program with these arguments, in threads of this JVM; returns what that prints. */
  static String run(Host from, String kind, String address, int atOnce) {
    return run(from.threads(), kind, address, atOnce);
  }

  private static String run(ThreadFactory factory, String kind, String address, int atOnce) {
    Transfers transfers = new Transfers(kind.equals("upload"), address, atOnce);
    List<Future<Void>> running = new ArrayList<>();
    List<String> said = new ArrayList<>();
    try (var threads = Executors.newThreadPerTaskExecutor(factory)) {
      for (int i = 0; i < atOnce; i++) {
        Callable<Void> transfer = transfers::move;
        running.add(threads.submit(transfer));
      }
      for (Future<Void> each : running) {
        try {
          each.get();
        } catch (ExecutionException e) {
          said.add(e.getCause().toString());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          said.add(e.toString());
        }
      }
    }
    said.add("exact: " + (atOnce - said.size()));
    return String.join("\n", said);
  }

  private Void move() throws Exception {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, PORT), SILENCE_MS);
      socket.setSoTimeout(SILENCE_MS);
      allConnected.await(SILENCE_MS, TimeUnit.MILLISECONDS);
      OutputStream out = socket.getOutputStream();
      out.write(request().getBytes(StandardCharsets.US_ASCII));
      if (upload) {
        out.write(body);
      }
      InputStream in = new BufferedInputStream(socket.getInputStream(), CHUNK);
      String head = head(in);
      if (!head.startsWith("HTTP/1.1 200 ")) {
        throw new IOException("not 200: " + head);
      }
      compare(in);
    }
    return null;
  }

  private String request() {
    return upload
        ? "PUT /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: "
            + body.length
            + "\r\n\r\n"
        : "GET /big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the end came in the head: " + head);
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private void compare(InputStream in) throws IOException {
    byte[] chunk = new byte[CHUNK];
    int at = 0;
    for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
      if (at + read > body.length || Arrays.mismatch(chunk, 0, read, body, at, at + read) >= 0) {
        throw new IOException("other bytes than were sent, at " + at);
      }
      at += read;
    }
    if (at != body.length) {
      throw new IOException("only " + at + " bytes");
    }
  }
}
