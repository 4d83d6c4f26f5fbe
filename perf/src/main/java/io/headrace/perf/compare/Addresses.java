package io.headrace.perf.compare;

import io.headrace.testbed.Host;
import io.headrace.testbed.Result;
import io.headrace.testbed.TestbedException;

/** What hosts of the testbed are known by, as numbers in host order. */
public final class Addresses {
  private Addresses() {}

  /** An address as a number. */
  public static int ipv4(String dotted) {
    int address = 0;
    for (String part : dotted.split("\\.")) {
      address = address << 8 | Integer.parseInt(part);
    }
    return address;
  }

  /** The Ethernet address of a host's first interface. */
  public static long mac(Host host) {
    String text = read(host, "address");
    return Long.parseLong(text.replace(":", ""), 16);
  }

  /** Frames that the first interface has received. */
  static long received(Host host) {
    return Long.parseLong(read(host, "statistics/rx_packets"));
  }

  private static String read(Host host, String attribute) {
    String file = "/sys/class/net/%s/%s".formatted(host.arms().getFirst().device(), attribute);
    Result result = host.run("cat", file);
    if (!result.ok()) {
      throw new TestbedException(
          "cannot read %s on %s: %s".formatted(file, host, result.err().strip()));
    }
    return result.out().strip();
  }
}
