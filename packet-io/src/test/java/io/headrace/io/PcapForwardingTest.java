package io.headrace.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.packet.FrameBuilder;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two hosts whose frames are carried from one to the other by pcap alone, with the offloads that
 * veth has by default: their frames have partial checksums and are up to 64 KiB long.
 */
@Tag("network")
@Timeout(120)
class PcapForwardingTest {
  private static final int MTU = 1500;
  private static final int CAPACITY = 64;
  private static final int TRANSFER = 20_000_000;

  private NetworkNamespace client;
  private NetworkNamespace carrier;
  private NetworkNamespace server;
  private FutureTask<Void> forwarding;
  private volatile boolean stopped;
  private volatile boolean partialSeen;
  private volatile boolean superFrameSeen;

  @BeforeEach
  void connect() throws Exception {
    LibpcapRequirement.check();
    client = NetworkNamespace.create("client");
    carrier = NetworkNamespace.create("carrier");
    server = NetworkNamespace.create("server");
    NetworkNamespace.link(client, "c0", carrier, "left");
    NetworkNamespace.link(server, "s0", carrier, "right");
    client.exec("ip", "address", "add", "10.11.0.1/24", "dev", "c0");
    server.exec("ip", "address", "add", "10.11.0.2/24", "dev", "s0");
    forwarding = carrier.start(this::forward);
  }

  @AfterEach
  void removeAll() throws Exception {
    stopped = true;
    if (forwarding != null) {
      forwarding.get();
    }
    for (NetworkNamespace namespace : new NetworkNamespace[] {client, carrier, server}) {
      if (namespace != null) {
        namespace.delete();
      }
    }
  }

  private Void forward() {
    try (PcapSource left = new PcapSource("left", CAPACITY);
        PcapSource right = new PcapSource("right", CAPACITY);
        PcapSink toLeft = new PcapSink("left", MTU);
        PcapSink toRight = new PcapSink("right", MTU)) {
      Frame frame = new Frame();
      while (!stopped) {
        if (forward(left, toRight, frame) + forward(right, toLeft, frame) == 0) {
          LockSupport.parkNanos(20_000);
        }
      }
      System.out.printf(
          "missed %d + %d, sent %d + %d, failed %d + %d%n",
          left.missed(),
          right.missed(),
          toLeft.sent(),
          toRight.sent(),
          toLeft.failed(),
          toRight.failed());
      return null;
    }
  }

  private int forward(PcapSource source, PcapSink sink, Frame frame) {
    int count = 0;
    while (count < CAPACITY && source.receive(frame)) {
      partialSeen |= frame.isChecksumPartial();
      superFrameSeen |= frame.length() > 14 + MTU;
      sink.send(frame);
      count++;
    }
    sink.flush();
    source.release(count);
    return count;
  }

  @Test
  void tcpIsByteExactInBothDirectionsUnderDefaultOffloads() throws Exception {
    byte[] content = FrameBuilder.bytes(TRANSFER);
    InetSocketAddress address = new InetSocketAddress("10.11.0.2", 8080);
    try (ServerSocket listener =
            server.call(
                () -> {
                  ServerSocket socket = new ServerSocket();
                  socket.bind(address);
                  return socket;
                });
        Socket socket =
            client.call(
                () -> {
                  Socket connected = new Socket();
                  connected.connect(address, 10_000);
                  return connected;
                });
        Socket accepted = listener.accept()) {
      long start = System.nanoTime();
      FutureTask<byte[]> up = receive(accepted);
      FutureTask<byte[]> down = receive(socket);
      FutureTask<Void> sending = send(socket, content);
      send(accepted, content).get();
      sending.get();
      assertArrayEquals(content, up.get());
      assertArrayEquals(content, down.get());
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf("%.0f Mbit/s in both directions%n", 2 * TRANSFER * 8 / seconds / 1e6);
    }
    assertTrue(partialSeen, "the sender's stack left checksums partial");
    assertTrue(superFrameSeen, "the sender's stack sent super-frames");
    assertEquals(
        0,
        badSegments(client) + badSegments(server),
        "segments that the hosts' stacks refused for their checksum");
  }

  private static int badSegments(NetworkNamespace host) throws Exception {
    return host.call(
        () -> {
          String[] lines = Files.readString(Path.of("/proc/thread-self/net/snmp")).split("\n");
          for (int i = 0; i + 1 < lines.length; i += 2) {
            if (lines[i].startsWith("Tcp:")) {
              int column = List.of(lines[i].split(" ")).indexOf("InCsumErrors");
              return Integer.parseInt(lines[i + 1].split(" ")[column]);
            }
          }
          throw new AssertionError("no TCP counters");
        });
  }

  private FutureTask<byte[]> receive(Socket socket) {
    return client.start(() -> socket.getInputStream().readNBytes(TRANSFER));
  }

  private FutureTask<Void> send(Socket socket, byte[] content) {
    return client.start(
        () -> {
          socket.getOutputStream().write(content);
          return null;
        });
  }
}
