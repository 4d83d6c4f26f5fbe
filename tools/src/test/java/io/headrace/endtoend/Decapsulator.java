package io.headrace.endtoend;

import io.headrace.io.Frame;
import io.headrace.io.PacketSink;
import io.headrace.io.PacketSource;
import io.headrace.io.Poller;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
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
  private static final int IPIP = 4;
  private static final int NETWORK = Ethernet.LENGTH;
  private static final int UDP_PORT_AT = NETWORK + Ipv4.LENGTH + 2;
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
      "ip link add inner0 type veth peer name inner1",
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
          frame.wrap(frame.buffer().addressOffset() + outer, frame.length() - outer);
          Ethernet.putMac(frame.buffer(), Ethernet.DESTINATION, mac);
          frame.buffer().putShort(Ethernet.TYPE, (short) Ethernet.TYPE_IPV4, ByteOrder.BIG_ENDIAN);
          sink.send(frame);
          sink.flush();
        }
        source.release(1);
      }
    }
  }

  /** 0 for a frame that carries no packet in another. */
  private static int outerLength(UnsafeBuffer bytes) {
    if (bytes.capacity() < UDP_PORT_AT + 2
        || bytes.getShort(Ethernet.TYPE, ByteOrder.BIG_ENDIAN) != Ethernet.TYPE_IPV4) {
      return 0;
    }
    return switch (bytes.getByte(NETWORK + Ipv4.PROTOCOL)) {
      case IPIP -> Ipv4.LENGTH;
      case Ipv4.PROTOCOL_UDP ->
          bytes.getShort(UDP_PORT_AT, ByteOrder.BIG_ENDIAN) == GUE_PORT ? Ipv4.LENGTH + 8 : 0;
      default -> 0;
    };
  }
}
