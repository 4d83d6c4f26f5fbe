package io.headrace.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class PartialChecksumTest {
  private final Headers headers = new Headers();

  private static FrameBuilder tcp() {
    return FrameBuilder.tcp("10.0.0.1", 40000, "10.0.0.2", 80).payload(FrameBuilder.bytes(101));
  }

  private static FrameBuilder udp() {
    return FrameBuilder.udp("10.0.0.1", 40000, "10.0.0.2", 53).payload(FrameBuilder.bytes(101));
  }

  private static FrameBuilder ipv6() {
    return FrameBuilder.udp("2001:db8::1", 40000, "2001:db8::2", 53)
        .extension(Ipv6.DESTINATION_OPTIONS, 0, 1, 4, 0, 0, 0, 0)
        .payload(FrameBuilder.bytes(101));
  }

  private boolean recognised(UnsafeBuffer frame) {
    assertEquals(Parse.FLOW, headers.parse(frame));
    return PartialChecksum.recognise(frame, headers);
  }

  @Test
  void sumOfThePseudoHeaderIsRecognised() {
    assertTrue(recognised(tcp().partialChecksum().buffer()));
    assertTrue(recognised(udp().partialChecksum().vlans(1, 2).buffer()));
    assertTrue(recognised(ipv6().partialChecksum().buffer()));
  }

  @Test
  void fullWrongAndMissingChecksumsAreNot() {
    assertFalse(recognised(tcp().buffer()));
    assertFalse(recognised(ipv6().buffer()));
    assertFalse(recognised(tcp().checksumError(1).buffer()));
    assertFalse(recognised(tcp().partialChecksum().checksumError(1).buffer()));
    assertFalse(recognised(udp().noChecksum().buffer()));
  }

  @Test
  void paddedFrameIsNot() {
    assertFalse(recognised(tcp().partialChecksum().padTo(300).buffer()));
  }

  @Test
  void fieldThatIsAlsoTheRightFullChecksumIsTakenForFull() {
    Random random = new Random(3);
    byte[] payload = new byte[4];
    for (int i = 0; i < 5_000_000; i++) {
      random.nextBytes(payload);
      UnsafeBuffer frame = FrameBuilder.udp("10.0.0.1", 1, "10.0.0.2", 2).payload(payload).buffer();
      headers.parse(frame);
      int partial =
          Checksums.pseudoHeader(
              headers.sourceAddress(), headers.destinationAddress(), 17, headers.transportLength());
      if (Checksums.transport(frame, headers) == partial) {
        assertFalse(recognised(frame));
        return;
      }
    }
    throw new AssertionError("no payload with equal full and partial checksums");
  }

  @Test
  void completedChecksumIsTheFullOne() {
    for (int length = 0; length < 100; length++) {
      for (FrameBuilder builder : new FrameBuilder[] {tcp(), udp(), ipv6()}) {
        builder.payload(FrameBuilder.bytes(length));
        UnsafeBuffer full = builder.buffer();
        UnsafeBuffer frame = builder.partialChecksum().buffer();
        headers.parse(frame);
        int start = headers.transportOffset();
        PartialChecksum.complete(frame, start, Checksums.checksumOffset(headers) - start);
        assertEquals(full, frame);
      }
    }
  }
}
