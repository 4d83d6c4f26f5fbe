package io.headrace.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real traffic between two hosts over a wire that is a {@link Bridge}. */
@Tag("network")
@Timeout(60)
class BridgeTest {
  private static final int TRANSFER_LENGTH = 100 << 20;
  private static final int RING_SIZE = 256;

  private NetworkNamespace client;
  private NetworkNamespace wire;
  private NetworkNamespace server;
  private Bridge bridge;

  @BeforeEach
  void connect() throws Exception {
    client = NetworkNamespace.create("client");
    wire = NetworkNamespace.create("wire");
    server = NetworkNamespace.create("server");
    NetworkNamespace.link(client, "c0", wire, "left");
    NetworkNamespace.link(server, "s0", wire, "right");
    client.exec("ip", "address", "add", "10.9.0.1/24", "dev", "c0");
    server.exec("ip", "address", "add", "10.9.0.2/24", "dev", "s0");
    bridge = new Bridge(wire, "left", "right", RING_SIZE);
  }

  @AfterEach
  void removeAll() throws Exception {
    if (bridge != null) {
      bridge.stop();
    }
    for (NetworkNamespace namespace : new NetworkNamespace[] {client, wire, server}) {
      if (namespace != null) {
        namespace.delete();
      }
    }
  }

  @Test
  void smallDatagramsComeBackAsTheyWere() throws Exception {
    DatagramSocket echo = server.call(() -> new DatagramSocket(at("10.9.0.2", 7)));
    DatagramSocket socket = client.call(() -> new DatagramSocket(at("10.9.0.1", 0)));
    try (echo;
        socket) {
      Random random = new Random(1);
      for (int length = 0; length <= 1472; length += 46) {
        byte[] sent = new byte[length];
        random.nextBytes(sent);
        socket.send(new DatagramPacket(sent, length, at("10.9.0.2", 7)));
        DatagramPacket atServer = receive(echo);
        echo.send(new DatagramPacket(bytes(atServer), length, atServer.getSocketAddress()));
        assertArrayEquals(sent, bytes(receive(socket)));
      }
    }
  }

  @Test
  void tcpCarriesItsBytesInBothDirectionsUnderDefaultOffloads() throws Exception {
    transferBothWays("10.9.0.1", "10.9.0.2");
    // With segments of the MTU there would be twenty times as many.
    assertTrue(bridge.toRight().sent() < TRANSFER_LENGTH / 1500, bridge::toString);
  }

  @Test
  void tcpCarriesItsBytesInAVlan() throws Exception {
    NetworkNamespace far = NetworkNamespace.create("far");
    List<Bridge> bridges = new ArrayList<>();
    try {
      NetworkNamespace.link(wire, "out", far, "in");
      NetworkNamespace.link(far, "out", server, "s1");
      server.exec("ip", "address", "add", "10.9.7.2/24", "dev", "s1");
      NetworkNamespace.link(client, "c1", wire, "in");
      client.exec("ip", "address", "add", "10.9.7.1/24", "dev", "c1");
      Consumer<Frame> tag = frame -> HandmadeFrame.pushTag(frame, 0x8100, 7);
      AtomicLong tagged = new AtomicLong();
      Consumer<Frame> untag =
          frame -> {
            if (frame.buffer().getInt(12, ByteOrder.BIG_ENDIAN) == 0x8100_0007) {
              tagged.incrementAndGet();
              HandmadeFrame.popTag(frame);
            }
          };
      bridges.add(new Bridge(wire, "in", "out", RING_SIZE, List.of(tag, untag)));
      bridges.add(new Bridge(far, "in", "out", RING_SIZE, List.of(untag, tag)));
      transferBothWays("10.9.7.1", "10.9.7.2");
      assertTrue(tagged.get() > 0);
    } finally {
      for (Bridge each : bridges) {
        each.stop();
      }
      far.delete();
    }
  }

  private void transferBothWays(String clientAddress, String serverAddress) throws Exception {
    try (ServerSocket listener = server.call(() -> listen(serverAddress));
        Socket socket = client.call(() -> connect(serverAddress));
        Socket accepted = listener.accept()) {
      assertEquals(clientAddress, accepted.getInetAddress().getHostAddress());
      FutureTask<Long> sentUp = client.start(() -> write(socket, 1));
      FutureTask<Long> sentDown = server.start(() -> write(accepted, 2));
      FutureTask<Long> receivedUp = server.start(() -> checksum(accepted));
      FutureTask<Long> receivedDown = client.start(() -> checksum(socket));
      assertEquals(sentUp.get(), receivedUp.get(), bridge::toString);
      assertEquals(sentDown.get(), receivedDown.get(), bridge::toString);
    }
  }

  private static long write(Socket socket, long seed) throws IOException {
    byte[] chunk = new byte[1 << 20];
    new Random(seed).nextBytes(chunk);
    CRC32C checksum = new CRC32C();
    for (int written = 0; written < TRANSFER_LENGTH; written += chunk.length) {
      chunk[0]++;
      checksum.update(chunk);
      socket.getOutputStream().write(chunk);
    }
    socket.shutdownOutput();
    return checksum.getValue();
  }

  private static long checksum(Socket socket) throws IOException {
    CheckedInputStream in = new CheckedInputStream(socket.getInputStream(), new CRC32C());
    assertEquals(TRANSFER_LENGTH, in.transferTo(OutputStream.nullOutputStream()));
    return in.getChecksum().getValue();
  }

  private static ServerSocket listen(String address) throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.bind(at(address, 8080));
    return listener;
  }

  private static Socket connect(String address) throws IOException {
    Socket socket = new Socket();
    socket.connect(at(address, 8080), 5_000);
    return socket;
  }

  private static InetSocketAddress at(String address, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByName(address), port);
  }

  private static DatagramPacket receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
    socket.setSoTimeout(5_000);
    socket.receive(packet);
    return packet;
  }

  private static byte[] bytes(DatagramPacket packet) {
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }
}
