package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Cuts a super-frame into the frames that belong on a wire, as Linux does when the network card
 * does not (Documentation/networking/segmentation-offloads; tcp_gso_segment, __udp_gso_segment,
 * inet_gso_segment and ipv6_gso_segment): TCP into segments of one stream, UDP (UDP_L4) into
 * datagrams.
 *
 * <p>The checksums of the pieces are full. A checksum that was wrong in the super-frame is wrong in
 * every piece, by as much. Reused for frame after frame; allocates nothing. Not thread-safe.
 *
 * <pre>{@code
 * segmenter.start(frame, headers, partial, size);
 * while (segmenter.hasNext()) {
 *   send(target, segmenter.next(target));
 * }
 * }</pre>
 */
public final class Segmenter {
  private static final int LAST_ONLY = Tcp.FIN | Tcp.PSH;
  private static final int FIRST_ONLY = Tcp.CWR;
  private static final int NO_ERROR = 0xFFFF;

  private final Ipv4 ipv4 = new Ipv4();
  private final Ipv6 ipv6 = new Ipv6();
  private final Tcp tcp = new Tcp();
  private final Udp udp = new Udp();

  private DirectBuffer frame;
  private Headers headers;
  private int segmentSize;
  private boolean noChecksum;
  private int error;
  private int done;
  private int index;

  /**
   * Starts on a super-frame. Frame and headers stay as they are until the last segment is out.
   *
   * @param headers of the frame, parsed as {@link Parse#FLOW}
   * @param partial whether the transport checksum of the frame is partial
   * @param segmentSize payload bytes of each segment but the last, at least 1
   */
  public void start(DirectBuffer frame, Headers headers, boolean partial, int segmentSize) {
    if (segmentSize < 1) {
      throw new IllegalArgumentException("segment size must be positive: " + segmentSize);
    }
    this.frame = frame;
    this.headers = headers;
    this.segmentSize = segmentSize;
    int field = frame.getShort(Checksums.checksumOffset(headers), BIG_ENDIAN);
    noChecksum = !partial && headers.protocol() == Ipv4.PROTOCOL_UDP && field == 0;
    error = partial || noChecksum ? NO_ERROR : Checksums.transportSum(frame, headers);
    done = 0;
    index = 0;
  }

  public boolean hasNext() {
    return done < headers.payloadLength();
  }

  /**
   * Writes the next segment at the start of a buffer.
   *
   * @return the length of the frame written
   */
  public int next(MutableDirectBuffer target) {
    int payload = Math.min(segmentSize, headers.payloadLength() - done);
    int payloadOffset = headers.payloadOffset();
    target.putBytes(0, frame, 0, payloadOffset);
    target.putBytes(payloadOffset, frame, payloadOffset + done, payload);
    int end = payloadOffset + payload;
    if (headers.isIpv6()) {
      ipv6.wrap(target, headers.networkOffset());
      ipv6.payloadLength(end - headers.networkOffset() - Ipv6.LENGTH);
    } else {
      adjustIpv4(target, end - headers.networkOffset());
    }
    boolean last = done + payload == headers.payloadLength();
    int transportLength = end - headers.transportOffset();
    if (headers.protocol() == Ipv4.PROTOCOL_TCP) {
      tcp.wrap(target, headers.transportOffset());
      tcp.sequence(tcp.sequence() + done);
      int cleared = (last ? 0 : LAST_ONLY) | (index == 0 ? 0 : FIRST_ONLY);
      tcp.flags(tcp.flags() & ~cleared);
      tcp.checksum(0);
      tcp.checksum(checksum(target, transportLength));
    } else {
      udp.wrap(target, headers.transportOffset());
      udp.length(transportLength);
      udp.checksum(0);
      if (!noChecksum) {
        int checksum = checksum(target, transportLength);
        udp.checksum(checksum == 0 ? 0xFFFF : checksum);
      }
    }
    done += payload;
    index++;
    return end;
  }

  private void adjustIpv4(MutableDirectBuffer target, int totalLength) {
    ipv4.wrap(target, headers.networkOffset());
    int identification = ipv4.identification() + index & 0xFFFF;
    int difference =
        Checksums.add(
            Checksums.difference16(ipv4.totalLength(), totalLength),
            Checksums.difference16(ipv4.identification(), identification));
    ipv4.totalLength(totalLength);
    ipv4.identification(identification);
    ipv4.checksum(Checksums.update(ipv4.checksum(), difference));
  }

  private int checksum(DirectBuffer target, int transportLength) {
    int pseudoHeader = Checksums.pseudoHeader(headers, transportLength);
    int segment = Checksums.sum(target, headers.transportOffset(), transportLength);
    int checksum = ~Checksums.add(pseudoHeader, segment) & 0xFFFF;
    return error == NO_ERROR ? checksum : Checksums.add(checksum, error);
  }
}
