package io.headrace.perf.compare;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.headrace.testbed.TestbedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;

/**
 * A UDP socket with nothing between it and the system calls, so that a round trip is that of the
 * path and not that of a library. In the network namespace of the thread that opens it; for one
 * thread. A receive call waits {@value #WAIT_MS} ms at most.
 */
final class Datagrams implements AutoCloseable {
  static final int WAIT_MS = 200;

  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int ADDRESS_LENGTH = 16; // struct sockaddr_in
  private static final int PORT_AT = 2;
  private static final int HOST_AT = 4;
  private static final ValueLayout.OfShort PORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final long SIZE = 32;

  private static final MethodHandle SOCKET =
      Native.link("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle BIND =
      Native.link("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SET_OPTION =
      Native.link("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SEND =
      Native.link("sendto", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle RECEIVE =
      Native.link("recvfrom", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle CLOSE = Native.link("close", JAVA_INT, JAVA_INT);

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment datagram = arena.allocate(SIZE, Long.BYTES);
  private final MemorySegment peer = arena.allocate(ADDRESS_LENGTH, Long.BYTES);
  private final MemorySegment peerLength = arena.allocate(JAVA_INT);
  private final int descriptor;

  private Datagrams() {
    try {
      descriptor = (int) SOCKET.invokeExact(AF_INET, SOCK_DGRAM, 0);
      MemorySegment time = arena.allocate(2 * Long.BYTES, Long.BYTES); // struct timeval
      time.set(JAVA_LONG, Long.BYTES, WAIT_MS * 1000L);
      int size = (int) time.byteSize();
      require(
          (int) SET_OPTION.invokeExact(descriptor, SOL_SOCKET, SO_RCVTIMEO, time, size), "open");
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** A socket that listens on all addresses. */
  static Datagrams listen(int port) {
    Datagrams socket = new Datagrams();
    socket.address("0.0.0.0", port);
    try {
      require(
          (int) BIND.invokeExact(socket.descriptor, socket.peer, ADDRESS_LENGTH),
          "listen on port " + port);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return socket;
  }

  /** A socket that sends to one place. It does not mind what ICMP says of it. */
  static Datagrams to(String host, int port) {
    Datagrams socket = new Datagrams();
    socket.address(host, port);
    return socket;
  }

  private void address(String host, int port) {
    try {
      peer.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
      peer.set(PORT, PORT_AT, (short) port);
      MemorySegment.copy(
          MemorySegment.ofArray(InetAddress.getByName(host).getAddress()), 0, peer, HOST_AT, 4);
    } catch (UnknownHostException e) {
      throw new TestbedException("no such host: " + host, e);
    }
  }

  private static void require(int result, String action) {
    if (result < 0) {
      throw new TestbedException("cannot %s a UDP socket".formatted(action));
    }
  }

  /** Sends a number to where the socket sends to, or where the last datagram came from. */
  boolean send(long number) {
    datagram.set(JAVA_LONG, 0, number);
    try {
      return (long) SEND.invokeExact(descriptor, datagram, SIZE, 0, peer, ADDRESS_LENGTH) == SIZE;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Receives one.
   *
   * @return its number, or -1 when none came in time
   */
  long receive() {
    peerLength.set(JAVA_INT, 0, ADDRESS_LENGTH);
    try {
      long length = (long) RECEIVE.invokeExact(descriptor, datagram, SIZE, 0, peer, peerLength);
      return length == SIZE ? datagram.get(JAVA_LONG, 0) : -1;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    try {
      int closed = (int) CLOSE.invokeExact(descriptor);
      assert closed == 0;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    arena.close();
  }
}
