package io.headrace.endtoend;

import io.headrace.io.Frame;
import io.headrace.io.PacketSink;
import io.headrace.io.PacketSource;
import io.headrace.packet.Ethernet;
import io.headrace.testbed.Host;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;

/**
 * A program: puts VLAN tags into what a host sends on eth0, and takes them out of what it gets, in
 * place of a kernel that was built without VLAN devices. The host has its address on another
 * interface. Argument: the tags as they are on the wire. Prints "ready".
 */
final class VlanTagger {
  private static final int FRAMES = 512;
  private static final long IDLE_NS = 50_000;

  private final byte[] tags;
  private final Frame frame = new Frame();

  private VlanTagger(byte[] tags) {
    this.tags = tags;
  }

  /** Has a host send and get nothing but frames with these tags, and know a neighbour. */
  static void start(Host host, String tags, int mtu, Host neighbour) {
    String script =
        """
        ip link add inner0 type veth peer name inner1
        ip address flush dev eth0
        ip link set inner1 address %s mtu %d
        ip link set inner0 up
        ip link set inner1 up
        ip address add %s/24 dev inner1
        ip neigh replace %s lladdr %s dev inner1 nud permanent
        """;
    Shell.run(
        host,
        script.formatted(mac(host), mtu, host.address(), neighbour.address(), mac(neighbour)));
    host.start(
            JavaProgram.JAVA,
            "@" + Path.of(System.getProperty("basedir", "."), "target", "headrace.jvm"),
            "-cp",
            JavaProgram.CLASS_PATH,
            VlanTagger.class.getName(),
            tags)
        .awaitOutput("ready", Duration.ofSeconds(30));
  }

  static String mac(Host host) {
    return host.run("cat", "/sys/class/net/eth0/address").out().strip();
  }

  public static void main(String[] arguments) {
    try (PacketSource fromHost = new PacketSource("inner0", FRAMES);
        PacketSink toHost = new PacketSink("inner0");
        PacketSource fromWire = new PacketSource("eth0", FRAMES);
        PacketSink toWire = new PacketSink("eth0")) {
      System.out.println("ready");
      VlanTagger tagger = new VlanTagger(HexFormat.of().parseHex(arguments[0]));
      while (!Thread.currentThread().isInterrupted()) {
        if (!tagger.tag(fromHost, toWire) & !tagger.untag(fromWire, toHost)) {
          LockSupport.parkNanos(IDLE_NS);
        }
      }
    }
  }

  private boolean tag(PacketSource from, PacketSink to) {
    if (!from.receive(frame)) {
      return false;
    }
    int start = frame.checksumStart();
    int offset = frame.checksumOffset();
    frame.insert(Ethernet.TYPE, tags.length);
    frame.buffer().putBytes(Ethernet.TYPE, tags);
    if (start != 0) {
      frame.partialChecksum(start + tags.length, offset);
    }
    return passOn(from, to);
  }

  private boolean untag(PacketSource from, PacketSink to) {
    if (!from.receive(frame)) {
      return false;
    }
    if (!isTagged()) {
      from.release(1);
      return true;
    }
    int start = frame.checksumStart();
    int offset = frame.checksumOffset();
    int type = frame.gsoType();
    int size = frame.gsoSize();
    frame.buffer().putBytes(tags.length, frame.buffer(), 0, Ethernet.TYPE);
    frame.wrap(frame.buffer().addressOffset() + tags.length, frame.length() - tags.length);
    if (start != 0) {
      frame.partialChecksum(start - tags.length, offset);
    }
    frame.gso(type, size);
    return passOn(from, to);
  }

  private boolean isTagged() {
    boolean equal = frame.length() > Ethernet.LENGTH + tags.length;
    for (int i = 0; equal && i < tags.length; i++) {
      equal = frame.buffer().getByte(Ethernet.TYPE + i) == tags[i];
    }
    return equal;
  }

  private boolean passOn(PacketSource from, PacketSink to) {
    to.send(frame);
    to.flush();
    from.release(1);
    return true;
  }
}
