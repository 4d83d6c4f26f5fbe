package io.headrace.perf;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import io.headrace.io.FrameSink;
import io.headrace.io.FrameSource;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import io.headrace.packet.Tcp;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Small TCP frames without end, of many connections in an order that no cache foresees. Each frame
 * is written anew from a template and what is remembered of its connection, which is read in
 * sequence: a network card brings frames without a cost in cache misses, too.
 */
final class Talk implements FrameSource {
  private static final int FRAME = 64;
  private static final int IPV6_FRAME = 74;

  /** The network of every address of IPv6; the rest is as of IPv4. */
  static final long IPV6_NETWORK = 0x2001_0DB8_0000_0000L;

  private static final int CACHE_LINE = 64;
  private static final int FRONTEND_PORT = 80;
  private static final int CLIENT_PORT = 40_000;
  private static final int NETWORK = Ethernet.LENGTH;

  /** A prime far from any count of flows: its multiples visit them all, far apart. */
  private static final long STRIDE = 611_953;

  private final int flows;
  private final int slots;
  private final int frontend;
  private final boolean ipv6;
  private final int frameLength;
  private final int stride;
  private final int transport;
  private final UnsafeBuffer memory;

  /** The server's address and the NAT port of each connection, in the order of the frames. */
  private final long[] servers;

  private final UnsafeBuffer template =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(2 * CACHE_LINE, CACHE_LINE));
  private int position;
  private int client;
  private int nextSlot;
  private int allowed;
  private boolean clientsTalk = true;
  private boolean serversTalk;
  private boolean serversTurn;

  /**
   * @param flows distinct clients, of distinct addresses
   * @param slots frames that may be out at one time
   * @param frontend the address that all of them talk to, or the end of it
   */
  Talk(int flows, int slots, int frontend, boolean ipv6) {
    this.flows = flows;
    this.slots = slots;
    this.frontend = frontend;
    this.ipv6 = ipv6;
    this.frameLength = ipv6 ? IPV6_FRAME : FRAME;
    this.stride = BitUtil.align(frameLength, CACHE_LINE);
    this.transport = NETWORK + (ipv6 ? Ipv6.LENGTH : Ipv4.LENGTH);
    servers = new long[flows];
    memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(slots * stride, CACHE_LINE));
    Ethernet ethernet = new Ethernet();
    ethernet.wrap(template, 0);
    ethernet.destination(2);
    ethernet.source(3);
    ethernet.type(ipv6 ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4);
    if (ipv6) {
      writeIpv6();
    } else {
      writeIpv4();
    }
    Tcp tcp = new Tcp();
    tcp.wrap(template, transport);
    tcp.headerLength(Tcp.LENGTH);
    flags(Tcp.SYN);
  }

  private void writeIpv6() {
    Ipv6 header = new Ipv6();
    header.wrap(template, NETWORK);
    header.versionClassLabel(0, 0);
    header.payloadLength(Tcp.LENGTH);
    header.hopLimit(64);
    header.nextHeader(Ipv4.PROTOCOL_TCP);
    header.source(IPV6_NETWORK, 0);
    header.destination(IPV6_NETWORK, 0);
  }

  private void writeIpv4() {
    Ipv4 ipv4 = new Ipv4();
    ipv4.wrap(template, NETWORK);
    ipv4.headerLength(Ipv4.LENGTH);
    ipv4.totalLength(FRAME - Ethernet.LENGTH);
    ipv4.timeToLive(64);
    ipv4.protocol(Ipv4.PROTOCOL_TCP);
    ipv4.checksum(Checksums.ipv4(template, NETWORK));
  }

  private void flags(int flags) {
    Tcp tcp = new Tcp();
    tcp.wrap(template, transport);
    tcp.flags(flags);
  }

  /** From now on frames come from servers alone: the answers to what clients have sent. */
  void serversAnswer() {
    flags(Tcp.SYN | Tcp.ACK);
    clientsTalk = false;
    serversTalk = true;
  }

  /** From now on frames come from clients alone, with an ACK. */
  void clientsAcknowledge() {
    flags(Tcp.ACK);
    clientsTalk = true;
    serversTalk = false;
  }

  /** From now on frames come from both in turn. */
  void bothTalk() {
    serversTalk = true;
  }

  /** Lets so many more frames come. */
  void allow(int frames) {
    allowed += frames;
  }

  @Override
  public boolean receive(Frame frame) {
    if (allowed == 0) {
      return false;
    }
    allowed--;
    serversTurn = serversTalk && (!clientsTalk || !serversTurn);
    int at = nextSlot * stride;
    memory.putBytes(at, template, 0, frameLength);
    if (serversTurn) {
      long server = servers[position];
      address(at, (int) (server >>> 16), frontend, FRONTEND_PORT, (int) server & 0xffff);
    } else {
      address(at, 0x0B00_0000 + client, frontend, CLIENT_PORT, FRONTEND_PORT);
    }
    frame.wrap(memory.addressOffset() + at, frameLength);
    advance();
    return true;
  }

  private void address(int at, int source, int destination, int sourcePort, int destinationPort) {
    // The last four bytes of each, whatever the family.
    int sourceAt = ipv6 ? Ipv6.DESTINATION - Integer.BYTES : Ipv4.SOURCE;
    memory.putInt(at + NETWORK + sourceAt, source, BIG_ENDIAN);
    memory.putInt(at + transport - Integer.BYTES, destination, BIG_ENDIAN);
    memory.putInt(at + transport, sourcePort << 16 | destinationPort, BIG_ENDIAN);
  }

  private void advance() {
    nextSlot = nextSlot + 1 == slots ? 0 : nextSlot + 1;
    client = (int) ((client + STRIDE) % flows);
    if (++position == flows) {
      position = 0;
      // So that, of an even number of connections, each hears from both of its ends.
      serversTurn = !serversTurn;
    }
  }

  @Override
  public void release(int frames) {}

  @Override
  public int capacity() {
    return slots;
  }

  @Override
  public int descriptor() {
    return -1;
  }

  @Override
  public long missed() {
    return 0;
  }

  @Override
  public void close() {}

  /** Takes frames and forgets them; the first of each connection says which server it has. */
  final class Sink implements FrameSink {
    private long sent;

    @Override
    public void send(Frame frame) {
      if (sent < flows) {
        UnsafeBuffer bytes = frame.buffer();
        long server = bytes.getInt(transport - Integer.BYTES, BIG_ENDIAN);
        servers[(int) sent] = server << 16 | bytes.getShort(transport, BIG_ENDIAN) & 0xffff;
      }
      sent++;
    }

    @Override
    public void flush() {}

    @Override
    public long sent() {
      return sent;
    }

    @Override
    public long failed() {
      return 0;
    }

    @Override
    public void close() {}
  }
}
