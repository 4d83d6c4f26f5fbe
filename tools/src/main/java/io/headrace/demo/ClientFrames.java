package io.headrace.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.headrace.io.CaptureFileSink;
import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Parse;
import io.headrace.packet.Tcp;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A capture file of what clients send who ask a web server for a page: SYN, request, FIN. What the
 * server says is not in it, as that goes to NAT ports that only the balancer knows.
 */
final class ClientFrames {
  private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: web\r\n\r\n".getBytes(US_ASCII);
  private static final int FRONTEND = 0xC000_0201; // 192.0.2.1
  private static final int FIRST_CLIENT = 0xC633_640A; // 198.51.100.10
  private static final int CLIENTS = 200;
  private static final long MAC_PREFIX = 0x0200_0000_0000L;
  private static final long BEGIN_NS = 1_700_000_000_000_000_000L;
  private static final long GAP_NS = 10_000;
  private static final int HEADERS = Ethernet.LENGTH + Ipv4.LENGTH + Tcp.LENGTH;

  private final UnsafeBuffer memory = new UnsafeBuffer(java.nio.ByteBuffer.allocateDirect(2048));
  private final Frame frame = new Frame();
  private final Ethernet ethernet = new Ethernet();
  private final Ipv4 ipv4 = new Ipv4();
  private final Tcp tcp = new Tcp();
  private final Headers headers = new Headers();
  private final CaptureFileSink sink;
  private long nowNs = BEGIN_NS;

  private ClientFrames(CaptureFileSink sink) {
    this.sink = sink;
  }

  static void write(Path file, int flows) {
    try (CaptureFileSink sink = new CaptureFileSink(file)) {
      ClientFrames frames = new ClientFrames(sink);
      // One step of all, then the next, so that all flows are open at once.
      frames.all(flows, Tcp.SYN, 0, new byte[0]);
      frames.all(flows, Tcp.ACK | Tcp.PSH, 1, REQUEST);
      frames.all(flows, Tcp.ACK | Tcp.FIN, 1 + REQUEST.length, new byte[0]);
    }
  }

  private void all(int flows, int flags, int sequence, byte[] payload) {
    for (int flow = 0; flow < flows; flow++) {
      write(FIRST_CLIENT + flow % CLIENTS, 40_000 + flow / CLIENTS, flags, sequence, payload);
    }
  }

  private void write(int client, int port, int flags, int sequence, byte[] payload) {
    int length = HEADERS + payload.length;
    memory.setMemory(0, length, (byte) 0);
    frame.wrap(memory.addressOffset(), length);
    frame.timeNs(nowNs += GAP_NS);
    ethernet.wrap(frame.buffer(), 0);
    ethernet.destination(MAC_PREFIX | Integer.toUnsignedLong(FRONTEND));
    ethernet.source(MAC_PREFIX | Integer.toUnsignedLong(client));
    ethernet.type(Ethernet.TYPE_IPV4);
    ipv4.wrap(frame.buffer(), Ethernet.LENGTH);
    ipv4.headerLength(Ipv4.LENGTH);
    ipv4.totalLength(length - Ethernet.LENGTH);
    ipv4.timeToLive(64);
    ipv4.protocol(Ipv4.PROTOCOL_TCP);
    ipv4.source(client);
    ipv4.destination(FRONTEND);
    ipv4.checksum(Checksums.ipv4(frame.buffer(), Ethernet.LENGTH));
    tcp.wrap(frame.buffer(), Ethernet.LENGTH + Ipv4.LENGTH);
    tcp.sourcePort(port);
    tcp.destinationPort(80);
    tcp.sequence(sequence);
    tcp.headerLength(Tcp.LENGTH);
    tcp.flags(flags);
    tcp.window(0xFFFF);
    frame.buffer().putBytes(HEADERS, payload);
    if (headers.parse(frame.buffer()) != Parse.FLOW) {
      throw new AssertionError("not a frame");
    }
    tcp.checksum(Checksums.transport(frame.buffer(), headers));
    sink.send(frame);
  }
}
