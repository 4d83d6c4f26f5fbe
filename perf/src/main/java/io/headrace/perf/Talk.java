package io.headrace.perf;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import io.headrace.io.FrameSink;
import io.headrace.io.FrameSource;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Tcp;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Small TCP frames without end, of many connections in an order that no cache foresees. Each frame
 * is written anew from a template and what is remembered of its connection, which is read in
 * sequence: a network card brings frames without a cost in cache misses, too.
 */
final class Talk implements FrameSource {
  private static final int FRAME = 64;
  private static final int FRONTEND_PORT = 80;
  private static final int CLIENT_PORT = 40_000;
  private static final int NETWORK = Ethernet.LENGTH;
  private static final int TRANSPORT = NETWORK + Ipv4.LENGTH;

  /** A prime far from any count of flows: its multiples visit them all, far apart. */
  private static final long STRIDE = 611_953;

  private final int flows;
  private final int slots;
  private final int frontend;
  private final UnsafeBuffer memory;

  /** The server's address and the NAT port of each connection, in the order of the frames. */
  private final long[] servers;

  private final UnsafeBuffer template =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(FRAME, FRAME));
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
   * @param frontend the address that all of them talk to
   */
  Talk(int flows, int slots, int frontend) {
    this.flows = flows;
    this.slots = slots;
    this.frontend = frontend;
    servers = new long[flows];
    memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(slots * FRAME, FRAME));
    Ethernet ethernet = new Ethernet();
    ethernet.wrap(template, 0);
    ethernet.destination(2);
    ethernet.source(3);
    ethernet.type(Ethernet.TYPE_IPV4);
    Ipv4 ipv4 = new Ipv4();
    ipv4.wrap(template, NETWORK);
    ipv4.headerLength(Ipv4.LENGTH);
    ipv4.totalLength(FRAME - Ethernet.LENGTH);
    ipv4.timeToLive(64);
    ipv4.protocol(Ipv4.PROTOCOL_TCP);
    ipv4.checksum(Checksums.ipv4(template, NETWORK));
    Tcp tcp = new Tcp();
    tcp.wrap(template, TRANSPORT);
    tcp.headerLength(Tcp.LENGTH);
    flags(Tcp.SYN);
  }

  private void flags(int flags) {
    Tcp tcp = new Tcp();
    tcp.wrap(template, TRANSPORT);
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
    int at = nextSlot * FRAME;
    memory.putBytes(at, template, 0, FRAME);
    if (serversTurn) {
      long server = servers[position];
      address(at, (int) (server >>> 16), frontend, FRONTEND_PORT, (int) server & 0xffff);
    } else {
      address(at, 0x0B00_0000 + client, frontend, CLIENT_PORT, FRONTEND_PORT);
    }
    frame.wrap(memory.addressOffset() + at, FRAME);
    advance();
    return true;
  }

  private void address(int at, int source, int destination, int sourcePort, int destinationPort) {
    memory.putInt(at + NETWORK + Ipv4.SOURCE, source, BIG_ENDIAN);
    memory.putInt(at + NETWORK + Ipv4.DESTINATION, destination, BIG_ENDIAN);
    memory.putInt(at + TRANSPORT, sourcePort << 16 | destinationPort, BIG_ENDIAN);
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
        long server = bytes.getInt(NETWORK + Ipv4.DESTINATION, BIG_ENDIAN);
        servers[(int) sent] = server << 16 | bytes.getShort(TRANSPORT, BIG_ENDIAN) & 0xffff;
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
