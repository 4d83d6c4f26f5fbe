package io.headrace.io;

import io.headrace.libc.CallState;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Parse;
import io.headrace.packet.PartialChecksum;
import io.headrace.packet.Segmenter;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;

/**
 * Frames out on an interface, through libpcap. As libpcap cannot tell the kernel that work is left,
 * it is done here, in scratch memory: partial checksums are completed, and super-frames are cut to
 * what the interface and the {@linkplain Frame#packetLimit ends of the connection} take. The frame
 * itself stays as it is.
 *
 * <p>It does not wait for a slow interface: what finds the send buffer full, time and again, has
 * failed. A super-frame counts as one frame, and as failed when one of its segments did.
 *
 * <p>Threading: as {@link FrameSink} says; the counters may be read by any thread.
 */
public final class PcapSink implements FrameSink {
  /** VIRTIO_NET_HDR_GSO_UDP_L4 of the virtio specification. */
  private static final int GSO_UDP_L4 = 5;

  /** The handle reads nothing: the smallest buffer will do, and no frame passes its filter. */
  private static final int BUFFER_SIZE = 1 << 16;

  private static final int SNAP_LENGTH = 64;
  private static final String NO_FRAME = "less 0";

  private final PcapHandle handle;
  private final long pcap;
  private final int mtu;
  private final Headers headers = new Headers();
  private final Segmenter segmenter = new Segmenter();
  private final UnsafeBuffer scratch =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(FrameSlots.LENGTH, Long.BYTES));
  private final UnsafeBuffer copy = new UnsafeBuffer(0, 0);
  private final CallState callState = new CallState();
  private int retries = SendBuffer.RETRIES_PER_FLUSH;
  private volatile long sent;
  private volatile long failed;

  /**
   * Opens an interface.
   *
   * @param mtu of the interface: the longest IP packet it takes, in bytes
   * @throws FrameIoException when there is no such Ethernet interface, CAP_NET_RAW is missing, or
   *     libpcap is
   */
  public PcapSink(String interfaceName, int mtu) {
    handle = PcapInterface.open(interfaceName, SNAP_LENGTH, BUFFER_SIZE);
    try {
      handle.setFilter(NO_FRAME, BpfCompileMode.OPTIMIZE);
      handle.setBlockingMode(PcapHandle.BlockingMode.NONBLOCKING);
    } catch (PcapNativeException | NotOpenException e) {
      handle.close();
      throw PcapInterface.failure(interfaceName, e);
    }
    pcap = Libpcap.pointer(handle);
    // Where it fails, frames are refused earlier, and counted.
    SendBuffer.enlarge(new Libc(), Libpcap.selectableFd(pcap));
    this.mtu = mtu;
  }

  /** Injects at once; memory and description of the frame may change when this returns. */
  @Override
  public void send(Frame frame) {
    boolean ok;
    int segmentSize = segmentSize(frame);
    if (segmentSize > 0) {
      ok = injectSegments(frame, segmentSize);
    } else if (frame.isChecksumPartial() && frame.length() <= FrameSlots.LENGTH) {
      copy.wrap(scratch, 0, frame.length());
      copy.putBytes(0, frame.buffer(), 0, frame.length());
      PartialChecksum.complete(copy, frame.checksumStart(), frame.checksumOffset());
      ok = inject(copy, frame.length());
    } else {
      ok = inject(frame.buffer(), frame.length());
    }
    if (ok) {
      sent++;
    } else {
      failed++;
    }
  }

  /** Payload bytes per segment if the frame has to be cut and can be, else 0. */
  private int segmentSize(Frame frame) {
    boolean udp = frame.gsoType() == GSO_UDP_L4;
    int limit = Math.min(mtu, frame.packetLimit());
    if (!udp && frame.length() <= limit || headers.parse(frame.buffer()) != Parse.FLOW) {
      return 0;
    }
    if (udp) {
      // Each piece is a datagram that the sender meant as such, whatever would fit.
      return frame.gsoSize() < headers.payloadLength() ? frame.gsoSize() : 0;
    }
    if (headers.packetLength() <= limit || headers.protocol() != Ipv4.PROTOCOL_TCP) {
      return 0;
    }
    int room = limit - (headers.payloadOffset() - headers.networkOffset());
    // The headers alone may be longer, of IPv6: then it is refused, and counted.
    return Math.max(0, frame.gsoSize() > 0 ? Math.min(room, frame.gsoSize()) : room);
  }

  private boolean injectSegments(Frame frame, int segmentSize) {
    boolean ok = true;
    segmenter.start(frame.buffer(), headers, frame.isChecksumPartial(), segmentSize);
    while (segmenter.hasNext()) {
      ok &= inject(scratch, segmenter.next(scratch));
    }
    return ok;
  }

  private boolean inject(UnsafeBuffer bytes, int length) {
    int result = Libpcap.inject(callState, pcap, bytes.addressOffset(), length);
    while (SendBuffer.isFull(-result) && retries > 0) {
      retries--;
      Thread.yield();
      result = Libpcap.inject(callState, pcap, bytes.addressOffset(), length);
    }
    return result == length;
  }

  /** Nothing is queued: this only ends what the retries are counted over. */
  @Override
  public void flush() {
    retries = SendBuffer.RETRIES_PER_FLUSH;
  }

  @Override
  public long sent() {
    return sent;
  }

  @Override
  public long failed() {
    return failed;
  }

  @Override
  public void close() {
    handle.close();
  }
}
