package io.headrace.listing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
  private static final int ADDRESS = 0xC000_0281; // 192.0.2.129

  @ParameterizedTest
  @CsvSource({
    "192.0.2.129, true",
    "192.0.2.128, false",
    "192.0.2.128/25, true",
    "192.0.2.130/25, true",
    "192.0.2.0/25, false",
    "192.0.0.0/8, true",
    "128.0.0.0/1, true",
    "0.0.0.0/1, false",
    "10.0.0.0/0, true",
    "192.0.2.129/32, true"
  })
  void anAddressIsInANetworkOrNot(String network, boolean in) {
    assertEquals(in, Network.parse(network).contains(ADDRESS));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.1/33",
        "10.0.0.1/",
        "a.b.c.d",
        "10.0.0.1/8/8"
      })
  void whatIsNoneIsRefused(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Network.parse(text)).getMessage();
    assertTrue(message.startsWith("\"" + text + "\" is no IPv4 address"), message);
  }

  @Test
  void ipv6IsNotThereYet() {
    assertThrows(IllegalArgumentException.class, () -> Network.parse("2001:db8::/32"));
  }
}
