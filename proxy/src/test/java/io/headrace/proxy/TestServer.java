package io.headrace.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that treats each connection on a thread of its own. */
final class TestServer implements AutoCloseable {
  /** What it does with a connection, which is closed afterwards. */
  @FunctionalInterface
  interface Service {
    void serve(Socket connection) throws Exception;
  }

  private final ServerSocket listener;
  private final Thread accepting;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();

  TestServer(Service service) throws IOException {
    this(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), service);
  }

  TestServer(InetSocketAddress address, Service service) throws IOException {
    listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(address, 1024);
    accepting = Thread.ofPlatform().daemon().name("server").start(() -> accept(service));
  }

  /** Sends back whatever comes, until its end. */
  static TestServer echo() throws IOException {
    return new TestServer(
        socket -> {
          socket.getInputStream().transferTo(socket.getOutputStream());
          socket.shutdownOutput();
        });
  }

  /** Says its name and closes. */
  static TestServer saying(String name) throws IOException {
    return new TestServer(socket -> socket.getOutputStream().write(name.getBytes()));
  }

  private void accept(Service service) {
    try {
      while (true) {
        Socket socket = listener.accept();
        accepted.incrementAndGet();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(service, socket));
      }
    } catch (IOException e) {
      // It is closed.
    }
  }

  private void serve(Service service, Socket socket) {
    try (socket) {
      service.serve(socket);
    } catch (Exception e) {
      // The client went away, or the test is over.
    } finally {
      open.remove(socket);
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  int accepted() {
    return accepted.get();
  }

  int open() {
    return open.size();
  }

  /**
   * Then nothing listens: Java leaves the socket to the thread that accepts, and closes it late.
   */
  @Override
  public void close() throws IOException {
    listener.close();
    try {
      accepting.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    for (Socket socket : open) {
      socket.close();
    }
  }
}
