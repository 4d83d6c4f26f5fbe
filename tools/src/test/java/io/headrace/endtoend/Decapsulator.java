package io.headrace.endtoend;

import io.headrace.io.Frame;
import io.headrace.io.PacketSink;
import io.headrace.io.PacketSource;
import io.headrace.io.Poller;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import io.headrace.packet.Udp;
import io.headrace.testbed.Host;
import io.headrace.testbed.Result;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A program: takes outer headers off what comes in on eth0, in place of a kernel that was built
 * without tunnel devices, and hands the packets to the host on another interface. Arguments: that
 * interface's other end, its own MAC address. Prints "ready".
 */
final class Decapsulator {
  private static final int FRAMES = 512;
  private static final int GUE_PORT = 6080;
  private static final int IPV4_INSIDE = 4;
  private static final int IPV6_INSIDE = 41;
  private static final int NETWORK = Ethernet.LENGTH;
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(10);

  private Decapsulator() {}

  /** Whether the kernel of a host has the devices, so that it needs no help. */
  static boolean isKernelAbleTo(Host host) {
    Result made = host.run("ip", "link", "add", "name", "able", "type", "ipip", "remote", "any");
    if (made.ok()) {
      host.run("ip", "link", "del", "able");
    }
    return made.ok() && host.run("ip", "fou", "show").ok();
  }

  static void start(Host host) {
    String[] commands = {
      "ip link add inner0 mtu 9000 type veth peer name inner1 mtu 9000",
      "ip link set inner0 up",
      "ip link set inner1 up",
      "echo 0 >/proc/sys/net/ipv4/conf/inner1/rp_filter"
    };
    host.run("sh", "-e", "-c", String.join("\n", commands));
    String mac = host.run("cat", "/sys/class/net/inner1/address").out().strip();
    host.start(
            JavaProgram.JAVA,
            "@" + Path.of(System.getProperty("basedir", "."), "target", "headrace.jvm"),
            "-cp",
            JavaProgram.CLASS_PATH,
            Decapsulator.class.getName(),
            "inner0",
            mac)
        .awaitOutput("ready", Duration.ofSeconds(30));
  }

  public static void main(String[] arguments) throws IOException {
    long mac = Long.parseLong(arguments[1].replace(":", ""), 16);
    // Where nobody listened, the kernel would say so to the sender.
    try (DatagramSocket listening = new DatagramSocket(GUE_PORT);
        PacketSource source = new PacketSource("eth0", FRAMES);
        PacketSink sink = new PacketSink(arguments[0])) {
      System.out.println("ready");
      Poller poller = new Poller(source.descriptor());
      Frame frame = new Frame();
      while (!listening.isClosed()) {
        if (!source.receive(frame)) {
          poller.await(LOOK_NS);
          continue;
        }
        int outer = outerLength(frame.buffer());
        if (outer > 0) {
          boolean ipv6 = frame.buffer().getByte(NETWORK + outer) >>> 4 == 6;
          frame.wrap(frame.buffer().addressOffset() + outer, frame.length() - outer);
          Ethernet.putMac(frame.buffer(), Ethernet.DESTINATION, mac);
          int type = ipv6 ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4;
          frame.buffer().putShort(Ethernet.TYPE, (short) type, ByteOrder.BIG_ENDIAN);
          sink.send(frame);
          sink.flush();
        }
        source.release(1);
      }
    }
  }

  /** 0 for a frame that carries no packet in another. */
  private static int outerLength(UnsafeBuffer bytes) {
    if (bytes.capacity() < NETWORK + Ipv6.LENGTH + Udp.LENGTH) {
      return 0;
    }
    return switch (bytes.getShort(Ethernet.TYPE, ByteOrder.BIG_ENDIAN) & 0xFFFF) {
      case Ethernet.TYPE_IPV4 -> outerLength(bytes, Ipv4.PROTOCOL, Ipv4.LENGTH);
      case Ethernet.TYPE_IPV6 -> outerLength(bytes, Ipv6.NEXT_HEADER, Ipv6.LENGTH);
      default -> 0;
    };
  }

  private static int outerLength(UnsafeBuffer bytes, int protocol, int length) {
    int udpPort = NETWORK + length + Udp.DESTINATION_PORT;
    return switch (bytes.getByte(NETWORK + protocol)) {
      case IPV4_INSIDE, IPV6_INSIDE -> length;
      case Ipv4.PROTOCOL_UDP ->
          bytes.getShort(udpPort, ByteOrder.BIG_ENDIAN) == GUE_PORT ? length + Udp.LENGTH : 0;
      default -> 0;
    };
  }
}
