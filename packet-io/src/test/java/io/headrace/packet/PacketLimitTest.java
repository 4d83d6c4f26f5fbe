package io.headrace.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PacketLimitTest {
  private final Headers headers = new Headers();

  /** The options of a SYN, and the longest packet that its sender takes. */
  private record Fixture(String description, String options, int expected) {
    @Override
    public String toString() {
      return description;
    }
  }

  private static Stream<Fixture> fixtures() {
    return Stream.of(
        new Fixture("no option", "", 576),
        new Fixture("Ethernet", "020405b4", 1500),
        new Fixture("an MTU of 1400", "02040550", 1400),
        new Fixture("Linux: with SACK, time stamps and a scale", synOfLinux("020405b4"), 1500),
        new Fixture("last of all", "0101 080a 0000000100000000 0402 02042300 0000", 9000),
        new Fixture("behind the end", "00000000 020405b4", 576),
        new Fixture("of another length", "02030500", 576),
        new Fixture("cut", "01010204", 576),
        new Fixture("only a kind", "01010102", 576),
        new Fixture("an option without length before it", "fe000000 020405b4", 576),
        new Fixture("nothing", "02040000", 128),
        new Fixture("next to nothing", "02040001", 128),
        new Fixture("more than an IPv4 packet holds", "0204ffff", 65535));
  }

  private static String synOfLinux(String segmentSize) {
    return segmentSize + "0402 080a 0000000100000000 01 030307";
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void isRead(Fixture fixture) {
    byte[] options = HexFormat.of().parseHex(fixture.options.replaceAll("\\s", ""));
    FrameBuilder syn =
        FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2)
            .vlans(7)
            .flags(Tcp.SYN)
            .tcpOptions(options)
            .payload(new byte[] {2, 4, 1, 1});
    assertEquals(fixture.expected, announced(syn.buffer()));
  }

  @Test
  void headersOfIpv6AreLonger() {
    FrameBuilder syn = FrameBuilder.tcp("2001:db8::1", 1, "2001:db8::2", 2).flags(Tcp.SYN);
    assertEquals(1280, announced(syn.buffer()));
    assertEquals(
        1500, announced(syn.tcpOptions((byte) 2, (byte) 4, (byte) 5, (byte) 0xa0).buffer()));
  }

  @Test
  void noOptionsMakeItThrow() {
    Random random = new Random(1);
    byte[] options = new byte[40];
    for (int i = 0; i < 100_000; i++) {
      for (int j = 0; j < options.length; j++) {
        options[j] = (byte) (random.nextBoolean() ? random.nextInt(6) : random.nextInt());
      }
      UnsafeBuffer syn =
          FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2).tcpOptions(options).buffer();
      int limit = announced(syn);
      assertTrue(limit >= PacketLimit.LEAST && limit <= PacketLimit.NONE);
    }
  }

  private int announced(UnsafeBuffer syn) {
    assertEquals(Parse.FLOW, headers.parse(syn));
    return PacketLimit.announced(syn, headers);
  }
}
