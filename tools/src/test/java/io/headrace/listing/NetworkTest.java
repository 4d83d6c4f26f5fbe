package io.headrace.listing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.packet.IpAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
  private static final IpAddress ADDRESS = IpAddress.parse("192.0.2.129");
  private static final IpAddress IPV6 = IpAddress.parse("2001:db8:1:2::8001");

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
    "192.0.2.129/32, true",
    "::/0, false",
    "2001:db8::/32, false"
  })
  void anAddressIsInANetworkOrNot(String network, boolean in) {
    assertEquals(in, contains(network, ADDRESS));
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
        "10.0.0.1/8/8",
        "2001:db8::/129",
        "2001:db8::%eth0",
        "[2001:db8::]"
      })
  void whatIsNoneIsRefused(String text) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Network.parse(text)).getMessage();
    assertTrue(message.startsWith("\"" + text + "\" is no address"), message);
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8:1:2::8001, true",
    "2001:db8:1:2::8000, false",
    "2001:db8:1:2::8000/113, true",
    "2001:db8:1:2::/113, false",
    "2001:db8:1:2::/64, true",
    "2001:db8:1:3::/64, false",
    "2001:db8:1:3::/63, true",
    "2001:db8::/32, true",
    "::/0, true",
    "::/1, true",
    "8000::/1, false",
    "192.0.2.0/24, false",
    "0.0.0.0/0, false"
  })
  void anAddressOfIpv6IsInANetworkOrNot(String network, boolean in) {
    assertEquals(in, contains(network, IPV6));
  }

  private static boolean contains(String network, IpAddress address) {
    return Network.parse(network).contains(address.high(), address.low());
  }
}
