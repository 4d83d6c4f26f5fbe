package io.headrace.perf.soak;

import io.headrace.io.Frame;
import io.headrace.io.PacketSink;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Tcp;
import io.headrace.perf.compare.Addresses;
import io.headrace.perf.compare.HostTask;
import io.headrace.testbed.Host;
import java.net.InetSocketAddress;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** SYNs from forged addresses (10.0.0.0/8), at a steady rate, until it is closed. */
final class SynFlood implements AutoCloseable {
  /** As fast as one thread can. */
  static final double FLAT_OUT = 1e9;

  private static final int BATCH = 64;
  private static final int FRAME = Ethernet.LENGTH + Ipv4.LENGTH + Tcp.LENGTH;
  private static final int STRIDE = 64;
  private static final int FORGED = 10 << 24;
  private static final int FORGED_BITS = 1 << 24;
  private static final int FIRST_PORT = 1024;
  private static final int PORTS = 65536 - FIRST_PORT;
  private static final int TIME_TO_LIVE = 64;
  private static final int WINDOW = 64240;
  private static final long PAUSE_NS = 100_000;

  private final UnsafeBuffer frames =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(BATCH * STRIDE, STRIDE));
  private final Ethernet ethernet = new Ethernet();
  private final Ipv4 ipv4 = new Ipv4();
  private final Tcp tcp = new Tcp();
  private final int destination;
  private final int port;
  private final SplittableRandom random;
  private final HostTask<Void> task;
  private volatile boolean stopping;
  private volatile long sent;

  /**
   * @param target holds the address of the frontend
   * @param rate frames a second
   */
  SynFlood(
      Host attacker,
      Host target,
      InetSocketAddress frontend,
      double rate,
      SplittableRandom random) {
    this.random = random;
    destination = Addresses.ipv4(frontend.getAddress().getHostAddress());
    port = frontend.getPort();
    long targetMac = Addresses.mac(target);
    long ownMac = Addresses.mac(attacker);
    for (int i = 0; i < BATCH; i++) {
      ethernet.wrap(frames, i * STRIDE);
      ethernet.destination(targetMac);
      ethernet.source(ownMac);
      ethernet.type(Ethernet.TYPE_IPV4);
    }
    String device = attacker.arms().getFirst().device();
    task = HostTask.start(attacker, () -> run(device, rate));
  }

  private Void run(String device, double rate) {
    Frame frame = new Frame();
    long start = System.nanoTime();
    long given = 0;
    try (PacketSink sink = new PacketSink(device)) {
      while (!stopping) {
        long due = (long) (rate * Moment.secondsSince(start)) - given;
        for (int i = 0; i < Math.min(due, BATCH); i++) {
          forge(i * STRIDE);
          frame.wrap(frames.addressOffset() + (long) i * STRIDE, FRAME);
          sink.send(frame);
          given++;
        }
        sink.flush();
        sent = sink.sent();
        if (due < BATCH) {
          LockSupport.parkNanos(PAUSE_NS);
        }
      }
    }
    return null;
  }

  private void forge(int at) {
    int source = FORGED + random.nextInt(FORGED_BITS);
    int ipAt = at + Ethernet.LENGTH;
    ipv4.wrap(frames, ipAt);
    ipv4.headerLength(Ipv4.LENGTH);
    ipv4.totalLength(Ipv4.LENGTH + Tcp.LENGTH);
    ipv4.timeToLive(TIME_TO_LIVE);
    ipv4.protocol(Ipv4.PROTOCOL_TCP);
    ipv4.source(source);
    ipv4.destination(destination);
    ipv4.checksum(Checksums.ipv4(frames, ipAt));
    int tcpAt = ipAt + Ipv4.LENGTH;
    tcp.wrap(frames, tcpAt);
    tcp.sourcePort(FIRST_PORT + random.nextInt(PORTS));
    tcp.destinationPort(port);
    tcp.sequence(random.nextInt());
    tcp.headerLength(Tcp.LENGTH);
    tcp.flags(Tcp.SYN);
    tcp.window(WINDOW);
    tcp.checksum(0);
    int sum =
        Checksums.add(
            Checksums.pseudoHeader(source, destination, Ipv4.PROTOCOL_TCP, Tcp.LENGTH),
            Checksums.sum(frames, tcpAt, Tcp.LENGTH));
    tcp.checksum(~sum & 0xFFFF);
  }

  /** Frames that the kernel has taken. */
  long sent() {
    return sent;
  }

  @Override
  public void close() {
    stopping = true;
    task.result();
  }
}
