package io.headrace.link;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.BooleanSupplier;

/**
 * A balancer's box and one other host, each a namespace, on one cable:
 *
 * <pre>
 *   host  10.77.0.1  h0 ═════════ b0  10.77.0.254  box
 * </pre>
 */
final class TwoHosts implements AutoCloseable {
  static final InetAddress HOST = address("10.77.0.1");
  static final InetAddress BOX = address("10.77.0.254");
  static final long HOST_MAC = 0x02_00_00_00_00_01L;
  static final long BOX_MAC = 0x02_00_00_00_00_02L;

  final Namespace host;
  final Namespace box;

  TwoHosts() {
    host = Namespace.create("host");
    box = Namespace.create("box");
    plug();
  }

  /** Lays the cable, with new interfaces. */
  void plug() {
    box.sh(
        "ip link add b0 address 02:00:00:00:00:02 type veth peer name h0 netns "
            + host.name()
            + " address 02:00:00:00:00:01");
    host.sh("ip addr add 10.77.0.1/24 dev h0; ip link set h0 up");
    box.sh("ip addr add 10.77.0.254/24 dev b0; ip link set b0 up");
    // The kernel looks for a carrier in its own time.
    host.sh("until grep -q up /sys/class/net/h0/operstate; do sleep 0.01; done");
    box.sh("until grep -q up /sys/class/net/b0/operstate; do sleep 0.01; done");
  }

  /** Takes the cable away, and the interfaces with it. */
  void unplug() {
    box.sh("ip link del b0");
  }

  static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits for what comes by itself. */
  static void await(String what, BooleanSupplier condition) {
    for (int attempt = 0; attempt < 300; attempt++) {
      if (condition.getAsBoolean()) {
        return;
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    assertTrue(condition.getAsBoolean(), what);
  }

  @Override
  public void close() {
    box.close();
    host.close();
  }
}
