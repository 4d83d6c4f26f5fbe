package io.headrace.link;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.link.GuardState.Endpoint;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelGuardTest {
  private static final GuardState STATE =
      new GuardState(
          Set.of("b0"),
          Set.of(new Endpoint(6, TwoHosts.BOX, 80)),
          Set.of(new Endpoint(17, TwoHosts.HOST, 53)),
          Set.of(new Endpoint(6, TwoHosts.HOST, 8080)),
          Set.of(TwoHosts.BOX),
          PortSet.parse("10000-10010,10020"));

  @Test
  void stateIsWrittenAsSets() {
    String script = KernelGuard.render(3, STATE, List.of("b0"), "timeout 5s;");
    assertTrue(script.startsWith("table netdev headrace_3 {"), script);
    assertTrue(script.contains("devices = { \"b0\" }"), script);
    assertTrue(script.contains("elements = { 6 . 10.77.0.254 . 80 }"), script);
    assertTrue(script.contains("elements = { 17 . 10.77.0.1 . 53 . 10.77.0.254 }"), script);
    assertTrue(script.contains("elements = { 6 . 10.77.0.1 . 8080 }"), script);
    assertTrue(script.contains("elements = { 10.77.0.254 }"), script);
    assertTrue(script.contains("elements = { 10000-10010, 10020 }"), script);
    assertTrue(script.contains("timeout 5s;"), script);
  }

  @Test
  void familiesHaveSetsOfTheirOwn() {
    InetAddress frontend = TwoHosts.address("2001:db8::1");
    InetAddress server = TwoHosts.address("2001:db8::2");
    GuardState both =
        new GuardState(
            Set.of("b0"),
            Set.of(new Endpoint(6, TwoHosts.BOX, 80), new Endpoint(6, frontend, 80)),
            Set.of(new Endpoint(17, TwoHosts.HOST, 53), new Endpoint(17, server, 53)),
            Set.of(new Endpoint(6, TwoHosts.HOST, 8080), new Endpoint(6, server, 8080)),
            Set.of(TwoHosts.BOX, frontend),
            PortSet.EMPTY);
    String script = KernelGuard.render(3, both, List.of("b0"), "");
    assertTrue(script.contains("elements = { 6 . 10.77.0.254 . 80 }"), script);
    assertTrue(script.contains("elements = { 17 . 10.77.0.1 . 53 . 10.77.0.254 }"), script);
    assertTrue(script.contains("elements = { 6 . 2001:db8:0:0:0:0:0:1 . 80 }"), script);
    assertTrue(
        script.contains("elements = { 17 . 2001:db8:0:0:0:0:0:2 . 53 . 2001:db8:0:0:0:0:0:1 }"),
        script);
    assertTrue(script.contains("elements = { 6 . 10.77.0.1 . 8080 }"), script);
    assertTrue(script.contains("elements = { 6 . 2001:db8:0:0:0:0:0:2 . 8080 }"), script);
    assertTrue(script.contains("elements = { 2001:db8:0:0:0:0:0:1 }"), script);
  }

  @Test
  void emptyStateHasNoEmptyLists() {
    GuardState empty =
        new GuardState(Set.of(), Set.of(), Set.of(), Set.of(), Set.of(), PortSet.EMPTY);
    String script = KernelGuard.render(0, empty, List.of(), "");
    assertFalse(script.contains("elements") || script.contains("hook"), script);
  }

  @Test
  void stateThatRulesCannotSayIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Endpoint(6, TwoHosts.BOX, 0));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new GuardState(
                Set.of("b0\" } evil"), Set.of(), Set.of(), Set.of(), Set.of(), PortSet.EMPTY));
  }
}
