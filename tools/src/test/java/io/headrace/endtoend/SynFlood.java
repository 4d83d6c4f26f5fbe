package io.headrace.endtoend;

import io.headrace.io.Frame;
import io.headrace.io.PacketSink;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Tcp;
import io.headrace.testbed.Host;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * SYNs from addresses of the network that nobody has: each is a connection that stays half-open.
 */
final class SynFlood {
  private static final int BATCH = 64;
  private static final int STRIDE = 64;
  private static final int FIRST_PORT = 1024;
  private static final int PORTS = 65536 - FIRST_PORT;

  /** Of the testbed's networks of 256 addresses, where hosts are below. */
  private static final int FIRST_FREE = 128;

  private static final int FREE = 100;

  private final UnsafeBuffer frames =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(BATCH * STRIDE, STRIDE));
  private final SplittableRandom random = new SplittableRandom(1);
  private final String device;
  private final long sourceMac;
  private final long targetMac;
  private final int target;
  private final int port;

  private SynFlood(Host from, Host to, int port) {
    this.device = from.arms().getFirst().device();
    this.sourceMac = mac(from);
    this.targetMac = mac(to);
    this.target = number(to.address());
    this.port = port;
  }

  /** Sends so many, and returns when they are sent. */
  static void send(Host from, Host to, int port, int count) {
    SynFlood flood = new SynFlood(from, to, port);
    FutureTask<Void> task = new FutureTask<>(() -> flood.send(count), null);
    from.threads().newThread(task).start();
    try {
      task.get();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void send(int count) {
    Frame frame = new Frame();
    try (PacketSink sink = new PacketSink(device)) {
      for (int i = 0; i < count; i++) {
        int at = i % BATCH * STRIDE;
        frame.wrap(frames.addressOffset() + at, forge(at));
        sink.send(frame);
        if (i % BATCH == BATCH - 1 || i == count - 1) {
          sink.flush();
        }
      }
    }
  }

  /** Writes a frame and returns its length. */
  private int forge(int at) {
    Ethernet ethernet = new Ethernet();
    ethernet.wrap(frames, at);
    ethernet.destination(targetMac);
    ethernet.source(sourceMac);
    ethernet.type(Ethernet.TYPE_IPV4);
    int source = target & ~0xFF | FIRST_FREE + random.nextInt(FREE);
    int ipAt = at + Ethernet.LENGTH;
    Ipv4 ipv4 = new Ipv4();
    ipv4.wrap(frames, ipAt);
    ipv4.headerLength(Ipv4.LENGTH);
    ipv4.totalLength(Ipv4.LENGTH + Tcp.LENGTH);
    ipv4.timeToLive(64);
    ipv4.protocol(Ipv4.PROTOCOL_TCP);
    ipv4.source(source);
    ipv4.destination(target);
    ipv4.checksum(Checksums.ipv4(frames, ipAt));
    int tcpAt = ipAt + Ipv4.LENGTH;
    Tcp tcp = new Tcp();
    tcp.wrap(frames, tcpAt);
    tcp.sourcePort(FIRST_PORT + random.nextInt(PORTS));
    tcp.destinationPort(port);
    tcp.sequence(random.nextInt());
    tcp.headerLength(Tcp.LENGTH);
    tcp.flags(Tcp.SYN);
    tcp.window(64240);
    tcp.checksum(0);
    int sum =
        Checksums.add(
            Checksums.pseudoHeader(source, target, Ipv4.PROTOCOL_TCP, Tcp.LENGTH),
            Checksums.sum(frames, tcpAt, Tcp.LENGTH));
    tcp.checksum(~sum & 0xFFFF);
    return Ethernet.LENGTH + Ipv4.LENGTH + Tcp.LENGTH;
  }

  private static int number(String address) {
    try {
      return ByteBuffer.wrap(InetAddress.getByName(address).getAddress()).getInt();
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static long mac(Host host) {
    String file = "/sys/class/net/%s/address".formatted(host.arms().getFirst().device());
    return Long.parseLong(host.run("cat", file).out().strip().replace(":", ""), 16);
  }
}
