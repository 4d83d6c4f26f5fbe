package io.headrace.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.headrace.cli.CommandFailure;
import io.headrace.link.Interface;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SourceAddressesTest {
  private static final Interface CLIENTS = on(2, "eth0", "198.51.100.1");
  private static final Interface SERVERS = on(3, "eth1", "192.0.2.1", "192.0.2.2", "192.0.2.3");

  @Test
  void anInterfaceHasThoseThatItHolds() {
    SourceAddresses addresses = of("192.0.2.3", "192.0.2.2");
    assertEquals(List.of(address("192.0.2.3"), address("192.0.2.2")), addresses.on(3));
    assertEquals(List.of(), addresses.on(2));
  }

  @Test
  void whatAnInterfaceHasLostIsLeftOutUntilItIsBack() {
    SourceAddresses addresses = of("192.0.2.3", "192.0.2.2");
    Interface less = on(3, "eth1", "192.0.2.1", "192.0.2.2");
    assertEquals(List.of(address("192.0.2.2")), addresses.heldOn(3, List.of(CLIENTS, less)));
    assertEquals(addresses.on(3), addresses.heldOn(3, List.of(CLIENTS, SERVERS)));
    assertEquals(List.of(), addresses.heldOn(3, List.of(CLIENTS)));
  }

  @Test
  void whatIsOnNoInterfaceIsRefused() {
    assertRefused(
        "source_addrs: 192.0.2.9 is on no interface of this machine; leave it out, or add it: ip"
            + " address add 192.0.2.9/32 dev eth1",
        "192.0.2.2",
        "192.0.2.9");
  }

  @Test
  void whatIsNotTowardsServersIsRefused() {
    assertRefused(
        "source_addrs: 198.51.100.1 is on eth0, which leads to no server; use an address on eth1",
        "198.51.100.1");
  }

  private static void assertRefused(String message, String... addresses) {
    assertEquals(message, assertThrows(CommandFailure.class, () -> of(addresses)).getMessage());
  }

  private static SourceAddresses of(String... named) {
    return new SourceAddresses(
        List.of(named).stream().map(SourceAddressesTest::address).toList(),
        List.of(CLIENTS, SERVERS),
        Set.of(3));
  }

  private static Interface on(int index, String name, String... addresses) {
    return new Interface(
        index,
        name,
        index,
        1500,
        true,
        false,
        List.of(addresses).stream().map(each -> new Interface.Address(address(each), 24)).toList());
  }

  private static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }
}
