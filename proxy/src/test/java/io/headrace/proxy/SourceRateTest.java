package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class SourceRateTest {
  private static final long SECOND = 1_000_000_000L;

  private final SourceRate rate = new SourceRate();

  private static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }

  @Test
  void aSourceMayOpenAsManyASecondAndOthersHaveTheirOwn() {
    rate.perSecond(2);
    assertTrue(rate.admit(address("192.0.2.1"), 0));
    assertTrue(rate.admit(address("192.0.2.1"), 0));
    assertFalse(rate.admit(address("192.0.2.1"), SECOND / 4));
    assertTrue(rate.admit(address("192.0.2.2"), SECOND / 4));
    assertTrue(rate.admit(address("192.0.2.1"), SECOND / 2));
    assertFalse(rate.admit(address("192.0.2.1"), SECOND / 2));
    assertTrue(rate.admit(address("192.0.2.1"), 100 * SECOND));
    assertTrue(rate.admit(address("192.0.2.1"), 100 * SECOND));
    assertFalse(rate.admit(address("192.0.2.1"), 100 * SECOND), "it saves no more than a second");
  }

  @Test
  void aNetworkOfIpv6IsOneSource() {
    rate.perSecond(1);
    assertTrue(rate.admit(address("2001:db8::1"), 0));
    assertFalse(rate.admit(address("2001:db8::2"), 0));
    assertTrue(rate.admit(address("2001:db8:0:1::1"), 0));
  }

  @Test
  void aFloodOfSourcesTakesNoMoreMemoryThanSomeOfThem() {
    rate.perSecond(1);
    for (int i = 0; i < 200_000; i++) {
      byte[] address = {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i};
      rate.admit(Addresses.of(address), 0);
    }
    assertEquals(1 << 16, rate.sources());
  }
}
