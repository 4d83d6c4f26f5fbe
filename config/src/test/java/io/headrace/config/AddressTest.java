package io.headrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1:80", "0.0.0.0:1", "255.255.255.255:65535", "127.0.0.1:7000"})
  void anIpv4AddressIsReadAndWrittenTheSame(String text) {
    assertEquals(text, Address.format(Address.parse(text)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[2001:db8::1]:80",
        "[::1]:65535",
        "[::]:1",
        "[1::]:2",
        "[::1:2:0:0:3:4]:3",
        "[2001:db8::1:0:0:1]:4",
        "[2001:db8:0:1:1:1:1:1]:5"
      })
  void anIpv6AddressIsReadAndWrittenTheSame(String text) {
    assertEquals(text, Address.format(Address.parse(text)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                  | the address is empty",
        "192.0.2.1           | has no port; write it as \"192.0.2.1:80\"",
        "192.0.2.1:          | has no port after the colon",
        ":80                 | has a port but no address",
        "192.0.2.1:0         | has port 0",
        "192.0.2.1:65536     | more than 65535",
        "192.0.2.1:999999999999 | more than 65535",
        "192.0.2.1:http      | has a port that is not a number: \"http\"",
        "192.0.2.1:-1        | has a port that is not a number: \"-1\"",
        "192.0.2.1:+80       | has a port that is not a number: \"+80\"",
        "192.0.2:80          | it needs four numbers",
        "192.0.2.1.5:80      | it needs four numbers",
        "192.0.2.256:80      | 256 is more than 255",
        "192.0.2.:80         | \"\" is not a number",
        "192.0.2.010:80      | some programs read 010 as octal",
        "' 192.0.2.1:80'     | \" 192\" is not a number",
        "192.0.2.1/24:80     | leave the \"/\" out",
        "localhost:80        | names a host; write its IP address",
        "web1                | names a host; write its IP address",
        "::1:80              | without brackets; write it as \"[2001:db8::1]:80\"",
        "[::1]               | has no port",
        "[::1]:              | has no port after the colon",
        "[::g]:80            | is not an IPv6 address",
        "[fe80::1%eth0]:80   | has a zone",
        "[::ffff:192.0.2.1]:80 | write it as IPv4",
        "[192.0.2.1]:80      | is not an IPv6 address",
      })
  void whatIsNoAddressIsRefusedWithTheReason(String text, String reason) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Address.parse(text)).getMessage();
    assertTrue(message.contains(reason), message);
    assertEquals(1, message.lines().count());
  }
}
