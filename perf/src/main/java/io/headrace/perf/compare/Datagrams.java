package io.headrace.perf.compare;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import io.headrace.testbed.TestbedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

  private static final CFunction SOCKET = CFunction.named("socket");
  private static final CFunction BIND = CFunction.named("bind");
  private static final CFunction SET_OPTION = CFunction.named("setsockopt");
  private static final CFunction SEND = CFunction.named("sendto");
  private static final CFunction RECEIVE = CFunction.named("recvfrom");
  private static final CFunction CLOSE = CFunction.named("close");

  private final CallState state = new CallState();
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment datagram = arena.allocate(SIZE, Long.BYTES);
  private final MemorySegment peer = arena.allocate(ADDRESS_LENGTH, Long.BYTES);
  private final MemorySegment peerLength = arena.allocate(JAVA_INT);
  private final int descriptor;

  private Datagrams() {
    descriptor = SOCKET.call(state, AF_INET, SOCK_DGRAM, 0);
    MemorySegment time = arena.allocate(2 * Long.BYTES, Long.BYTES); // struct timeval
    time.set(JAVA_LONG, Long.BYTES, WAIT_MS * 1000L);
    require(
        SET_OPTION.call(
            state, descriptor, SOL_SOCKET, SO_RCVTIMEO, time.address(), time.byteSize()),
        "open");
  }

  /** A socket that listens on all addresses. */
  static Datagrams listen(int port) {
    Datagrams socket = new Datagrams();
    socket.address("0.0.0.0", port);
    require(
        BIND.call(socket.state, socket.descriptor, socket.peer.address(), ADDRESS_LENGTH),
        "listen on port " + port);
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
    long sent =
        SEND.callLong(
            state, descriptor, datagram.address(), SIZE, 0, peer.address(), ADDRESS_LENGTH);
    return sent == SIZE;
  }

  /**
   * Receives one.
   *
   * @return its number, or -1 when none came in time
   */
  long receive() {
    peerLength.set(JAVA_INT, 0, ADDRESS_LENGTH);
    long length =
        RECEIVE.callLong(
            state, descriptor, datagram.address(), SIZE, 0, peer.address(), peerLength.address());
    return length == SIZE ? datagram.get(JAVA_LONG, 0) : -1;
  }

  @Override
  public void close() {
    int closed = CLOSE.call(state, descriptor);
    assert closed == 0;
    arena.close();
  }
}
