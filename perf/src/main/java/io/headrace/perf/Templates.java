package io.headrace.perf;

import io.headrace.io.Frame;
import io.headrace.io.FrameSink;
import io.headrace.io.FrameSource;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Tcp;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Small TCP frames, one for each flow, handed out in turn without end. The pipeline rewrites in
 * place, so each frame is copied into a slot first, as a network card would.
 */
final class Templates implements FrameSource {
  private static final int FRAME = 64;
  private static final int FRONTEND_PORT = 80;

  private final int flows;
  private final int slots;
  private final UnsafeBuffer templates;
  private final UnsafeBuffer memory;
  private int nextFlow;
  private int nextSlot;
  private int allowed;

  /**
   * @param flows distinct clients, of distinct addresses
   * @param slots frames that may be out at one time
   * @param frontend the address that all of them talk to
   */
  Templates(int flows, int slots, int frontend) {
    this.flows = flows;
    this.slots = slots;
    ByteBuffer bytes = BufferUtil.allocateDirectAligned(flows * FRAME, FRAME);
    templates = new UnsafeBuffer(bytes);
    memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(slots * FRAME, FRAME));
    for (int flow = 0; flow < flows; flow++) {
      build(flow * FRAME, 0x0B00_0000 + flow, frontend);
    }
    flags(Tcp.SYN);
  }

  private void build(int at, int client, int frontend) {
    Ethernet ethernet = new Ethernet();
    ethernet.wrap(templates, at);
    ethernet.destination(2);
    ethernet.source(3);
    ethernet.type(Ethernet.TYPE_IPV4);
    Ipv4 ipv4 = new Ipv4();
    ipv4.wrap(templates, at + Ethernet.LENGTH);
    ipv4.headerLength(Ipv4.LENGTH);
    ipv4.totalLength(FRAME - Ethernet.LENGTH);
    ipv4.timeToLive(64);
    ipv4.protocol(Ipv4.PROTOCOL_TCP);
    ipv4.source(client);
    ipv4.destination(frontend);
    ipv4.checksum(Checksums.ipv4(templates, at + Ethernet.LENGTH));
    Tcp tcp = new Tcp();
    tcp.wrap(templates, at + Ethernet.LENGTH + Ipv4.LENGTH);
    tcp.sourcePort(40_000);
    tcp.destinationPort(FRONTEND_PORT);
    tcp.headerLength(Tcp.LENGTH);
  }

  /** Sets the TCP flags of every frame from now on. */
  void flags(int flags) {
    Tcp tcp = new Tcp();
    for (int flow = 0; flow < flows; flow++) {
      tcp.wrap(templates, flow * FRAME + Ethernet.LENGTH + Ipv4.LENGTH);
      tcp.flags(flags);
    }
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
    int at = nextSlot * FRAME;
    memory.putBytes(at, templates, nextFlow * FRAME, FRAME);
    frame.wrap(memory.addressOffset() + at, FRAME);
    nextSlot = nextSlot + 1 == slots ? 0 : nextSlot + 1;
    nextFlow = nextFlow + 1 == flows ? 0 : nextFlow + 1;
    return true;
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

  /** Takes frames and forgets them. */
  static final class Sink implements FrameSink {
    private long sent;

    @Override
    public void send(Frame frame) {
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
