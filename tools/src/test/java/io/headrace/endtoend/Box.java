package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.Result;

/** What a balancer changes on its box. */
record Box(Host host) {

  /** Its nftables rules; empty when there are none. */
  String rules() {
    return output("nft", "list", "ruleset").strip();
  }

  /** How many tables of the balancer there are. */
  long tables() {
    return rules().lines().filter(line -> line.startsWith("table netdev headrace_")).count();
  }

  /** The ports that the kernel gives to nobody; empty when there are none. */
  String reservedPorts() {
    return output("cat", "/proc/sys/net/ipv4/ip_local_reserved_ports").strip();
  }

  /** What it keeps of its claim; empty when there is nothing. */
  String state() {
    return output("sh", "-c", "ls /run/headrace/$(stat -L -c %i /proc/self/ns/net) 2>/dev/null; :")
        .strip();
  }

  boolean isClean() {
    return rules().isEmpty() && reservedPorts().isEmpty() && state().isEmpty();
  }

  private String output(String... command) {
    Result result = host.run(command);
    assertTrue(result.ok(), result::toString);
    return result.out();
  }

  @Override
  public String toString() {
    return "rules: %s, reserved: %s, state: %s".formatted(rules(), reservedPorts(), state());
  }
}
