package io.headrace.testbed;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One interface of a {@link Host}.
 *
 * @param device the interface's name inside the host's namespace
 * @param bridge the bridge that it is plugged into: arms on one bridge share one Ethernet segment
 * @param address its IPv4 address; the network is always a /24
 */
public record Arm(String device, String bridge, String address) {
  private static final Path IPV6 = Path.of("/proc/net/if_inet6");

  /** Whether this machine's kernel has IPv6; else the testbed has none either. */
  public static boolean hasIpv6() {
    return Files.exists(IPV6);
  }

  /** Its IPv6 address, which ends as the other; the network is always a /64. */
  public String ipv6() {
    String[] parts = address.split("\\.");
    return "2001:db8:%s::%s".formatted(parts[2], parts[3]);
  }
}
