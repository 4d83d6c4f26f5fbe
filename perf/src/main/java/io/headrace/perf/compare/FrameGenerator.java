package io.headrace.perf.compare;

import io.headrace.io.Frame;
import io.headrace.io.PacketSink;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Udp;
import io.headrace.testbed.Host;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends UDP frames of 64 bytes as fast as one core can, through a packet socket, until it is
 * closed. The frames of {@value #FLOWS} flows in turn.
 */
final class FrameGenerator implements AutoCloseable {
  static final int FLOWS = 64;

  private static final int FRAME = 64;
  private static final int FIRST_PORT = 40_000;
  private static final int TIME_TO_LIVE = 64;

  private final HostTask<Long> task;
  private volatile boolean stopping;

  /**
   * Where frames go.
   *
   * @param mac of the next hop
   * @param address in host order
   */
  record Destination(long mac, int address, int port) {}

  FrameGenerator(Host host, int sourceAddress, Destination destination) {
    String device = host.arms().getFirst().device();
    long sourceMac = Addresses.mac(host);
    task = HostTask.start(host, () -> run(device, frames(sourceMac, sourceAddress, destination)));
  }

  private Long run(String device, UnsafeBuffer frames) {
    Cores.pin(Cores.GENERATOR);
    Frame frame = new Frame();
    try (PacketSink sink = new PacketSink(device)) {
      while (!stopping) {
        for (int flow = 0; flow < FLOWS; flow++) {
          frame.wrap(frames.addressOffset() + (long) flow * FRAME, FRAME);
          sink.send(frame);
        }
      }
      sink.flush();
      return sink.sent();
    }
  }

  private static UnsafeBuffer frames(long sourceMac, int source, Destination destination) {
    UnsafeBuffer frames = new UnsafeBuffer(BufferUtil.allocateDirectAligned(FLOWS * FRAME, FRAME));
    for (int flow = 0; flow < FLOWS; flow++) {
      int at = flow * FRAME;
      Ethernet ethernet = new Ethernet();
      ethernet.wrap(frames, at);
      ethernet.destination(destination.mac());
      ethernet.source(sourceMac);
      ethernet.type(Ethernet.TYPE_IPV4);
      ip(frames, at + Ethernet.LENGTH, source, destination.address());
      udp(frames, at + Ethernet.LENGTH + Ipv4.LENGTH, FIRST_PORT + flow, destination.port());
      checksum(frames, at + Ethernet.LENGTH + Ipv4.LENGTH, source, destination.address());
    }
    return frames;
  }

  private static void ip(UnsafeBuffer frames, int at, int source, int destination) {
    Ipv4 ipv4 = new Ipv4();
    ipv4.wrap(frames, at);
    ipv4.headerLength(Ipv4.LENGTH);
    ipv4.totalLength(FRAME - Ethernet.LENGTH);
    ipv4.timeToLive(TIME_TO_LIVE);
    ipv4.protocol(Ipv4.PROTOCOL_UDP);
    ipv4.source(source);
    ipv4.destination(destination);
    ipv4.checksum(Checksums.ipv4(frames, at));
  }

  private static void udp(UnsafeBuffer frames, int at, int sourcePort, int destinationPort) {
    Udp udp = new Udp();
    udp.wrap(frames, at);
    udp.sourcePort(sourcePort);
    udp.destinationPort(destinationPort);
    udp.length(FRAME - Ethernet.LENGTH - Ipv4.LENGTH);
  }

  /** Of a header whose checksum is still 0. */
  private static void checksum(UnsafeBuffer frames, int at, int source, int destination) {
    int length = FRAME - Ethernet.LENGTH - Ipv4.LENGTH;
    int sum =
        Checksums.add(
            Checksums.pseudoHeader(source, destination, Ipv4.PROTOCOL_UDP, length),
            Checksums.sum(frames, at, length));
    Udp udp = new Udp();
    udp.wrap(frames, at);
    // RFC 768: a sum of 0 is sent as all ones.
    udp.checksum(sum == 0xffff ? sum : ~sum & 0xffff);
  }

  /** Whether it has ended before its time; {@link #close} tells why. */
  boolean isOver() {
    return task.isDone();
  }

  @Override
  public void close() {
    stopping = true;
    task.result();
  }
}
