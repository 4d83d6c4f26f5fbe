package io.headrace.doctor;

import io.headrace.config.Address;
import io.headrace.config.Mode;
import io.headrace.io.Frame;
import io.headrace.io.FrameIoException;
import io.headrace.io.PacketSink;
import io.headrace.io.PacketSource;
import io.headrace.link.Interface;
import io.headrace.packet.Arp;
import io.headrace.packet.Ethernet;
import io.headrace.registry.Service;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Whether another station answers for a frontend's address too, so that clients' packets go there:
 * a second machine, or a server of direct return whose kernel tells everybody what it holds. It is
 * asked for by ARP from no address (RFC 5227), which leaves no trace in anybody's table.
 */
final class AddressConflicts implements Check {
  private static final long PATIENCE_NS = 250_000_000;
  private static final int SLOTS = 128;
  private static final int LENGTH = Ethernet.LENGTH + Arp.LENGTH;

  @Override
  public String name() {
    return "conflicts";
  }

  @Override
  public List<Finding> look(Site site) {
    List<Finding> found = new ArrayList<>();
    Map<InetAddress, Service> asked = new LinkedHashMap<>();
    for (Service service : site.services().toList()) {
      asked.putIfAbsent(service.listen().getAddress(), service);
    }
    try {
      for (Map.Entry<InetAddress, Service> each : asked.entrySet()) {
        Interface on = site.holderOf(each.getValue()).orElse(null);
        if (on != null && on.up() && on.mac() != 0 && each.getKey() instanceof Inet4Address) {
          long other = askedFor(on, each.getKey());
          if (other != 0) {
            found.add(finding(each.getValue(), on, other));
          }
        }
      }
    } catch (FrameIoException e) {
      return List.of(Finding.skipped("nobody is asked: " + e.getMessage()));
    }
    if (found.isEmpty()) {
      found.add(Finding.ok("nobody else answers for the frontends' addresses"));
    }
    return found;
  }

  private static Finding finding(Service service, Interface on, long mac) {
    String address = Address.format(service.listen().getAddress());
    return Finding.problem(
        "frontend %s: %s answers ARP for %s on %s, too, and takes clients from here"
            .formatted(service.name(), text(mac), address, on.name()),
        service.mode() == Mode.DSR
            ? "headrace dsr-setup   (what the servers lack: arp_ignore)"
            : "give that machine another address, or this frontend");
  }

  /** The MAC of another station that answers, or 0. */
  private static long askedFor(Interface on, InetAddress address) {
    try (PacketSource source = new PacketSource(on.name(), SLOTS);
        PacketSink sink = new PacketSink(on.name())) {
      UnsafeBuffer memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH, Long.BYTES));
      int wanted = new UnsafeBuffer(address.getAddress()).getInt(0, ByteOrder.BIG_ENDIAN);
      write(memory, on.mac(), wanted);
      Frame frame = new Frame();
      frame.wrap(memory.addressOffset(), LENGTH);
      sink.send(frame);
      sink.flush();
      long end = System.nanoTime() + PATIENCE_NS;
      while (System.nanoTime() < end) {
        if (!source.receive(frame)) {
          Thread.onSpinWait();
          continue;
        }
        long answered = answers(frame.buffer(), wanted);
        source.release(1);
        if (answered != 0 && answered != on.mac()) {
          return answered;
        }
      }
      return 0;
    }
  }

  private static void write(UnsafeBuffer frame, long mac, int wanted) {
    Ethernet.putMac(frame, Ethernet.DESTINATION, Ethernet.BROADCAST);
    Ethernet.putMac(frame, Ethernet.SOURCE, mac);
    frame.putShort(Ethernet.TYPE, (short) Ethernet.TYPE_ARP, ByteOrder.BIG_ENDIAN);
    Arp arp = new Arp();
    arp.wrap(frame, Ethernet.LENGTH);
    arp.typesAndLengths();
    arp.operation(Arp.REQUEST);
    arp.senderMac(mac);
    arp.targetAddress(wanted);
  }

  /** The MAC of who says that it holds the address, or 0. */
  private static long answers(UnsafeBuffer frame, int wanted) {
    if (frame.capacity() < LENGTH
        || frame.getShort(Ethernet.TYPE, ByteOrder.BIG_ENDIAN) != Ethernet.TYPE_ARP) {
      return 0;
    }
    Arp arp = new Arp();
    arp.wrap(frame, Ethernet.LENGTH);
    boolean isAnswer = arp.operation() == Arp.REPLY && arp.senderAddress() == wanted;
    return isAnswer ? arp.senderMac() : 0;
  }

  private static String text(long mac) {
    String digits = "%012x".formatted(mac);
    return digits.replaceAll("(..)(?!$)", "$1:");
  }
}
