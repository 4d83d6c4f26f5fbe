package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ChecksumsTest {
  private static final int FRAMES = 50_000;

  private final Random random = new Random(2);
  private final Headers headers = new Headers();
  private final Ipv4 ipv4 = new Ipv4();

  @Test
  void sumIsThatOfTheExampleInRfc1071() {
    assertEquals(0xDDF2, Checksums.sum(FrameBuilder.hex("0001 f203 f4f5 f6f7"), 0, 8));
  }

  @Test
  void sumIsThatOfAWordByWordSumForEveryLength() {
    byte[] bytes = new byte[3000];
    random.nextBytes(bytes);
    UnsafeBuffer buffer = new UnsafeBuffer(bytes);
    for (int length = 0; length < 200; length++) {
      int offset = random.nextInt(64);
      assertEquals(plainSum(buffer, offset, length), Checksums.sum(buffer, offset, length));
    }
    UnsafeBuffer ones = new UnsafeBuffer(new byte[65535]);
    ones.setMemory(0, 65535, (byte) 0xFF);
    assertEquals(plainSum(ones, 0, 65535), Checksums.sum(ones, 0, 65535));
  }

  private static int plainSum(DirectBuffer buffer, int offset, int length) {
    int sum = 0;
    for (int i = 0; i < length; i++) {
      int value = buffer.getByte(offset + i) & 0xFF;
      sum += i % 2 == 0 ? value << 8 : value;
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return sum;
  }

  @Test
  void ipv4ChecksumIsThatOfAHeaderFromAnotherStack() {
    // A widely printed worked example: 192.168.0.1 to 192.168.0.199, UDP, 115 bytes.
    UnsafeBuffer header = FrameBuilder.hex("45000073 00004000 4011 b861 c0a80001 c0a800c7");
    assertEquals(0xB861, Checksums.ipv4(header, 0));
    assertTrue(Checksums.ipv4Valid(header, 0));
  }

  @Test
  void computedChecksumIsValidAndAnyFlippedBitIsNot() {
    for (int i = 0; i < 2000; i++) {
      UnsafeBuffer frame = randomFrame();
      assertTrue(Checksums.ipv4Valid(frame, headers.networkOffset()));
      assertTrue(Checksums.transportValid(frame, headers));
      int at = headers.transportOffset() + 8 + random.nextInt(headers.transportLength() - 8);
      frame.putByte(at, (byte) (frame.getByte(at) ^ 1 << random.nextInt(8)));
      assertFalse(Checksums.transportValid(frame, headers));
      at = headers.networkOffset() + 12 + random.nextInt(8);
      frame.putByte(at, (byte) (frame.getByte(at) ^ 1 << random.nextInt(8)));
      assertFalse(Checksums.ipv4Valid(frame, headers.networkOffset()));
    }
  }

  @Test
  void udpWithoutChecksumIsValid() {
    UnsafeBuffer frame =
        FrameBuilder.udp("10.0.0.1", 1, "10.0.0.2", 2).noChecksum().payload(new byte[5]).buffer();
    headers.parse(frame);
    assertEquals(0, field(frame));
    assertTrue(Checksums.transportValid(frame, headers));
  }

  @Test
  void udpChecksumOfZeroIsWrittenAsAllOnes() {
    for (int low = 0; low <= 0xFFFF; low++) {
      byte[] payload = {(byte) (low >>> 8), (byte) low};
      UnsafeBuffer frame = FrameBuilder.udp("10.0.0.1", 1, "10.0.0.2", 2).payload(payload).buffer();
      headers.parse(frame);
      assertNotEquals(0, field(frame));
      assertTrue(Checksums.transportValid(frame, headers));
    }
  }

  @Test
  void incrementalUpdateIsTheFullComputation() {
    for (int i = 0; i < FRAMES; i++) {
      UnsafeBuffer frame = randomFrame();
      int field = rewriteAndUpdate(frame, field(frame));
      assertEquals(Checksums.transport(frame, headers), field);
      assertEquals(Checksums.ipv4(frame, headers.networkOffset()), ipv4.checksum());
    }
  }

  @Test
  void wrongChecksumStaysWrongByAsMuch() {
    for (int i = 0; i < FRAMES; i++) {
      UnsafeBuffer frame = randomFrame();
      int wrong = random.nextInt(0xFFFF) + 1;
      int errorBefore = Math.floorMod(wrong - field(frame), 0xFFFF);
      int field = rewriteAndUpdate(frame, wrong);
      int errorAfter = Math.floorMod(field - Checksums.transport(frame, headers), 0xFFFF);
      assertEquals(errorBefore, errorAfter);
    }
  }

  @Test
  void missingUdpChecksumStaysMissing() {
    assertEquals(0, Checksums.updateUdp(0, Checksums.difference16(1, 2)));
  }

  @Test
  void updatedUdpChecksumIsNeverZero() {
    for (int field = 1; field <= 0xFFFF; field++) {
      assertEquals(0, Checksums.update(field, field) % 0xFFFF, "this difference gives a zero");
      assertEquals(0xFFFF, Checksums.updateUdp(field, field));
    }
  }

  @Test
  void partialChecksumFollowsAddresses() {
    for (int i = 0; i < FRAMES; i++) {
      randomFrame();
      int protocol = headers.protocol();
      int partial =
          Checksums.pseudoHeader(
              headers.sourceAddress(),
              headers.destinationAddress(),
              protocol,
              headers.transportLength());
      int source = random.nextInt();
      int difference = Checksums.difference32(headers.sourceAddress(), source);
      assertEquals(
          Checksums.pseudoHeader(
              source, headers.destinationAddress(), protocol, headers.transportLength()),
          Checksums.updatePartial(partial, difference));
      assertEquals(
          ~Checksums.update(~partial & 0xFFFF, difference) & 0xFFFF,
          Checksums.updatePartial(partial, difference),
          "~update(~field)");
    }
  }

  @Test
  void ipv6ChecksumIsThatOfAWordByWordSum() {
    for (int i = 0; i < 2000; i++) {
      byte[] payload = new byte[random.nextInt(40)];
      random.nextBytes(payload);
      UnsafeBuffer frame =
          FrameBuilder.tcp(ipv6(), port(), ipv6(), port())
              .extension(Ipv6.DESTINATION_OPTIONS, 0, 1, 4, 0, 0, 0, 0)
              .payload(payload)
              .buffer();
      assertEquals(Parse.FLOW, headers.parse(frame));
      int length = headers.transportLength();
      UnsafeBuffer checked = new UnsafeBuffer(new byte[40 + length]);
      checked.putBytes(0, frame, headers.networkOffset() + Ipv6.SOURCE, 32);
      checked.putInt(32, length, BIG_ENDIAN);
      checked.putInt(36, headers.protocol(), BIG_ENDIAN);
      checked.putBytes(40, frame, headers.transportOffset(), length);
      assertEquals(0xFFFF, plainSum(checked, 0, checked.capacity()));
      assertTrue(Checksums.transportValid(frame, headers));
    }
  }

  @Test
  void partialChecksumFollowsAddressesOfIpv6() {
    for (int i = 0; i < FRAMES; i++) {
      long high = random.nextLong();
      long low = random.nextBoolean() ? random.nextLong() : 0;
      long newHigh = random.nextBoolean() ? random.nextLong() : -1;
      long newLow = random.nextLong();
      int difference =
          Checksums.add(Checksums.difference64(high, newHigh), Checksums.difference64(low, newLow));
      assertEquals(
          Checksums.pseudoHeader(newHigh, newLow, 1, 2, 6, 20),
          Checksums.updatePartial(Checksums.pseudoHeader(high, low, 1, 2, 6, 20), difference));
    }
  }

  private String ipv6() {
    return "2001:db8::%x:%x".formatted(random.nextInt(0x10000), random.nextInt(0x10000));
  }

  /** Rewrites as NAT does; returns the transport field that goes with it. */
  private int rewriteAndUpdate(UnsafeBuffer frame, int field) {
    int source = random.nextInt();
    int port = random.nextInt(0x10000);
    int addresses = Checksums.difference32(headers.sourceAddress(), source);
    int ports = Checksums.difference16(headers.sourcePort(), port);
    ipv4.wrap(frame, headers.networkOffset());
    int ttl = Checksums.difference16(ipv4.timeToLive() << 8, ipv4.timeToLive() - 1 << 8);
    ipv4.source(source);
    ipv4.timeToLive(ipv4.timeToLive() - 1);
    ipv4.checksum(Checksums.update(ipv4.checksum(), Checksums.add(addresses, ttl)));
    frame.putShort(headers.transportOffset(), (short) port, BIG_ENDIAN);
    int difference = Checksums.add(addresses, ports);
    int updated =
        headers.protocol() == Ipv4.PROTOCOL_UDP
            ? Checksums.updateUdp(field, difference)
            : Checksums.update(field, difference);
    headers.parse(frame);
    return updated;
  }

  private int field(DirectBuffer frame) {
    return frame.getShort(Checksums.checksumOffset(headers), BIG_ENDIAN) & 0xFFFF;
  }

  /** A frame with words of 0 and 0xFFFF more often than chance has it. */
  private UnsafeBuffer randomFrame() {
    String source = address();
    String destination = address();
    byte[] payload = new byte[random.nextInt(40) + 1];
    switch (random.nextInt(3)) {
      case 0 -> Arrays.fill(payload, (byte) 0xFF);
      case 1 -> random.nextBytes(payload);
      default -> {}
    }
    FrameBuilder builder =
        random.nextBoolean()
            ? FrameBuilder.tcp(source, port(), destination, port())
            : FrameBuilder.udp(source, port(), destination, port());
    UnsafeBuffer frame =
        builder.payload(payload).timeToLive(random.nextInt(255) + 1).padTo(60).buffer();
    assertEquals(Parse.FLOW, headers.parse(frame));
    return frame;
  }

  private String address() {
    return switch (random.nextInt(4)) {
      case 0 -> "255.255.255.255";
      case 1 -> "0.0.0.0";
      default -> random.nextInt(256) + ".0." + random.nextInt(256) + "." + random.nextInt(256);
    };
  }

  private int port() {
    return switch (random.nextInt(4)) {
      case 0 -> 0xFFFF;
      case 1 -> 0;
      default -> random.nextInt(0x10000);
    };
  }
}
