package io.headrace.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SegmenterTest {
  private static final int ALL_FLAGS = Tcp.FIN | Tcp.PSH | Tcp.ACK | Tcp.CWR | Tcp.ECE;

  private final Headers headers = new Headers();
  private final Segmenter segmenter = new Segmenter();

  private static FrameBuilder tcp(int payload) {
    return FrameBuilder.tcp("10.0.0.1", 40000, "10.0.0.2", 80)
        .tcpOptions(FrameBuilder.bytes(12))
        .ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 0)
        .vlans(7)
        .identification(0xFFFE)
        .sequence(-1000, 5)
        .flags(ALL_FLAGS)
        .payload(FrameBuilder.bytes(payload));
  }

  private static FrameBuilder udp(int payload) {
    return FrameBuilder.udp("10.0.0.1", 40000, "10.0.0.2", 53).payload(FrameBuilder.bytes(payload));
  }

  private List<UnsafeBuffer> cut(UnsafeBuffer frame, boolean partial, int segmentSize) {
    assertEquals(Parse.FLOW, headers.parse(frame));
    List<UnsafeBuffer> segments = new ArrayList<>();
    UnsafeBuffer target = new UnsafeBuffer(new byte[2000]);
    segmenter.start(frame, headers, partial, segmentSize);
    while (segmenter.hasNext()) {
      int length = segmenter.next(target);
      byte[] copy = new byte[length];
      target.getBytes(0, copy);
      segments.add(new UnsafeBuffer(copy));
    }
    return segments;
  }

  @Test
  void segmentsAreTheFramesThatASenderOfSmallFramesWouldHaveSent() {
    byte[] payload = FrameBuilder.bytes(3500);
    List<UnsafeBuffer> segments = cut(tcp(3500).partialChecksum().buffer(), true, 1400);

    assertEquals(3, segments.size());
    for (int i = 0; i < 3; i++) {
      byte[] part = Arrays.copyOfRange(payload, i * 1400, Math.min(3500, i * 1400 + 1400));
      int flags = Tcp.ACK | Tcp.ECE | (i == 0 ? Tcp.CWR : 0) | (i == 2 ? Tcp.FIN | Tcp.PSH : 0);
      UnsafeBuffer expected =
          tcp(0)
              .payload(part)
              .identification(0xFFFE + i & 0xFFFF)
              .sequence(-1000 + i * 1400, 5)
              .flags(flags)
              .buffer();
      assertEquals(expected, segments.get(i), "segment " + i);
    }
  }

  @Test
  void fullChecksumInGivesTheSameSegmentsAsAPartialOne() {
    assertEquals(
        cut(tcp(60_000).partialChecksum().buffer(), true, 1441),
        cut(tcp(60_000).buffer(), false, 1441));
  }

  @Test
  void segmentsOfIpv6KeepTheirExtensionHeaders() {
    byte[] payload = FrameBuilder.bytes(2500);
    List<UnsafeBuffer> segments = cut(ipv6(payload, 1000).partialChecksum().buffer(), true, 1000);

    assertEquals(3, segments.size());
    for (int i = 0; i < 3; i++) {
      byte[] part = Arrays.copyOfRange(payload, i * 1000, Math.min(2500, i * 1000 + 1000));
      assertEquals(ipv6(part, 1000 + i * 1000).buffer(), segments.get(i), "segment " + i);
    }
  }

  private static FrameBuilder ipv6(byte[] payload, int sequence) {
    return FrameBuilder.tcp("2001:db8::1", 40000, "2001:db8::2", 80)
        .extension(Ipv6.DESTINATION_OPTIONS, 0, 1, 4, 0, 0, 0, 0)
        .sequence(sequence, 5)
        .payload(payload);
  }

  @Test
  void payloadIsExactForEverySizeAroundAMultiple() {
    for (int length = 2790; length < 2810; length++) {
      ByteArrayOutputStream joined = new ByteArrayOutputStream();
      List<UnsafeBuffer> segments = cut(tcp(length).buffer(), false, 1400);
      assertEquals((length + 1399) / 1400, segments.size());
      for (UnsafeBuffer segment : segments) {
        assertEquals(Parse.FLOW, headers.parse(segment));
        joined.write(segment.byteArray(), headers.payloadOffset(), headers.payloadLength());
      }
      assertArrayEquals(FrameBuilder.bytes(length), joined.toByteArray());
    }
  }

  @Test
  void paddingBehindThePacketIsNotSent() {
    List<UnsafeBuffer> segments = cut(tcp(100).padTo(1000).buffer(), false, 60);
    assertEquals(tcp(60).buffer().capacity(), segments.get(0).capacity());
    assertEquals(tcp(40).buffer().capacity(), segments.get(1).capacity());
  }

  @Test
  void wrongChecksumsStayWrongInEverySegment() {
    UnsafeBuffer frame = tcp(3000).checksumError(0x0100).buffer();
    headers.parse(frame);
    int at = headers.networkOffset() + Ipv4.CHECKSUM;
    frame.putByte(at, (byte) (frame.getByte(at) ^ 1));
    for (UnsafeBuffer segment : cut(frame, false, 1000)) {
      headers.parse(segment);
      assertFalse(Checksums.transportValid(segment, headers));
      assertFalse(Checksums.ipv4Valid(segment, headers.networkOffset()));
    }
  }

  @Test
  void datagramsAreTheOnesThatTheSenderMeant() {
    byte[] payload = FrameBuilder.bytes(1000);
    List<UnsafeBuffer> datagrams = cut(udp(1000).partialChecksum().buffer(), true, 300);
    assertEquals(4, datagrams.size());
    for (int i = 0; i < 4; i++) {
      byte[] part = Arrays.copyOfRange(payload, i * 300, Math.min(1000, i * 300 + 300));
      assertEquals(udp(0).payload(part).identification(1 + i).buffer(), datagrams.get(i));
    }
  }

  @Test
  void datagramsHaveNoChecksumWhenTheSenderComputedNone() {
    for (UnsafeBuffer datagram : cut(udp(1000).noChecksum().buffer(), false, 300)) {
      headers.parse(datagram);
      assertEquals(0, datagram.getShort(Checksums.checksumOffset(headers)));
      assertTrue(Checksums.ipv4Valid(datagram, headers.networkOffset()));
    }
  }
}
