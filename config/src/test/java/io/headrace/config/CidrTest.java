package io.headrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  private static boolean contains(String range, String address) {
    return Cidr.parse(range).contains(InetAddress.ofLiteral(address));
  }

  @Test
  void aRangeContainsTheAddressesThatShareItsBits() {
    assertTrue(contains("192.0.2.0/24", "192.0.2.255"));
    assertFalse(contains("192.0.2.0/24", "192.0.3.0"));
    assertTrue(contains("192.0.2.128/25", "192.0.2.128"));
    assertFalse(contains("192.0.2.128/25", "192.0.2.127"));
    assertTrue(contains("0.0.0.0/0", "255.255.255.255"));
    assertTrue(contains("2001:db8::/33", "2001:db8:7fff::1"));
    assertFalse(contains("2001:db8::/33", "2001:db8:8000::1"));
  }

  @Test
  void anAddressIsARangeOfOne() {
    assertTrue(contains("192.0.2.1", "192.0.2.1"));
    assertFalse(contains("192.0.2.1", "192.0.2.2"));
    assertEquals("192.0.2.1/32", Cidr.parse("192.0.2.1").toString());
    assertTrue(contains("::1", "::1"));
  }

  @Test
  void anAddressOfTheOtherFamilyIsInNoRange() {
    assertFalse(contains("0.0.0.0/0", "::1"));
    assertFalse(contains("::/0", "192.0.2.1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "example.com", "192.0.2", "192.0.2.256", "010.0.0.1", "1/8", "fe80::1%eth0"})
  void whatIsNoRangeIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Cidr.parse(text));
  }

  @Test
  void bitsThatAreTooManyOrSetBeyondTheRangeAreRefusedWithWhatToWrite() {
    assertEquals(
        "\"192.0.2.0/33\" does not end with a number of bits from 0 to 32",
        refusal("192.0.2.0/33"));
    assertEquals(
        "\"192.0.2.0/\" does not end with a number of bits from 0 to 32", refusal("192.0.2.0/"));
    assertEquals(
        "\"192.0.2.9/24\" has bits set beyond its first 24; the range that it is in is"
            + " \"192.0.2.0/24\"",
        refusal("192.0.2.9/24"));
  }

  private static String refusal(String text) {
    return assertThrows(IllegalArgumentException.class, () -> Cidr.parse(text)).getMessage();
  }
}
