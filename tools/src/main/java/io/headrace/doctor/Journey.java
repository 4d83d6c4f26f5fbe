package io.headrace.doctor;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.packet.Ethernet;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;
import io.headrace.packet.Tcp;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * How far one TCP connection gets, as the frames on the wire tell: the first that a client begins
 * after this was made. Sequence numbers tell its frames from all others, as no way of forwarding
 * changes them.
 */
final class Journey {
  /** What happens to it, in this order; with direct return the server's answer is not seen. */
  enum Hop {
    CLIENT_SYN,
    SYN_TO_SERVER,
    SERVER_ANSWER,
    ANSWER_TO_CLIENT,
    CLIENT_ACK
  }

  /**
   * One hop that was seen.
   *
   * @param from as this frame has it, as are the others
   * @param reset whether the answer was a RST
   */
  record Seen(
      Hop hop, String interfaceName, InetSocketAddress from, InetSocketAddress to, boolean reset) {}

  private static final int TCP = 6;

  private final Predicate<InetSocketAddress> isFrontend;
  private final Predicate<InetAddress> isClient;
  private final Headers headers = new Headers();
  private final List<Seen> seen = new ArrayList<>();
  private int sequence;

  /** Addresses, ports and sequence number, as they stand one behind the other in the SYN. */
  private byte[] original = {};

  /** Frames that came in until the SYN did. */
  private long before;

  /**
   * @param isFrontend whether a frontend listens there
   * @param isClient whether this client is to be followed
   */
  Journey(Predicate<InetSocketAddress> isFrontend, Predicate<InetAddress> isClient) {
    this.isFrontend = isFrontend;
    this.isClient = isClient;
  }

  List<Seen> seen() {
    return List.copyOf(seen);
  }

  Optional<Seen> seen(Hop hop) {
    return seen.stream().filter(each -> each.hop() == hop).findFirst();
  }

  /** Frames that came in before it began. */
  long before() {
    return before;
  }

  /**
   * Looks at a frame.
   *
   * @param mac of the interface: what comes from it this machine has sent
   */
  void see(String interfaceName, long mac, DirectBuffer frame) {
    boolean out =
        frame.capacity() >= Ethernet.LENGTH && Ethernet.getMac(frame, Ethernet.SOURCE) == mac;
    boolean tcp = headers.parse(frame) == Parse.FLOW && headers.protocol() == TCP;
    if (seen.isEmpty()) {
      before += out ? 0 : 1;
      if (tcp && !out && isBeginning(frame)) {
        add(Hop.CLIENT_SYN, interfaceName, false);
      }
      return;
    }
    if (out && seen(Hop.SYN_TO_SERVER).isEmpty() && isForwarded(frame, tcp)) {
      add(Hop.SYN_TO_SERVER, interfaceName, false);
    } else if (tcp) {
      answer(interfaceName, out, frame);
    }
  }

  private boolean isBeginning(DirectBuffer frame) {
    if ((headers.tcpFlags() & (Tcp.SYN | Tcp.ACK)) != Tcp.SYN
        || !isFrontend.test(to())
        || !isClient.test(from().getAddress())) {
      return false;
    }
    int at = headers.transportOffset();
    sequence = frame.getInt(at + Tcp.SEQUENCE, BIG_ENDIAN);
    int addresses = at - 2 * to().getAddress().getAddress().length;
    original = new byte[at + Tcp.ACKNOWLEDGMENT - addresses];
    frame.getBytes(addresses, original);
    return true;
  }

  /** With other addresses, or as it was and in another frame or packet. */
  private boolean isForwarded(DirectBuffer frame, boolean tcp) {
    if (tcp
        && (headers.tcpFlags() & (Tcp.SYN | Tcp.ACK)) == Tcp.SYN
        && sequence(frame) == sequence) {
      return true;
    }
    byte[] bytes = new byte[frame.capacity()];
    frame.getBytes(0, bytes);
    for (int at = 0; at + original.length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + original.length, original, 0, original.length)) {
        return true;
      }
    }
    return false;
  }

  private void answer(String interfaceName, boolean out, DirectBuffer frame) {
    int flags = headers.tcpFlags();
    boolean acknowledges =
        (flags & Tcp.ACK) != 0
            && frame.getInt(headers.transportOffset() + Tcp.ACKNOWLEDGMENT, BIG_ENDIAN)
                == sequence + 1;
    boolean reset = (flags & Tcp.RST) != 0;
    if (acknowledges && (reset || (flags & Tcp.SYN) != 0)) {
      Hop hop = out ? Hop.ANSWER_TO_CLIENT : Hop.SERVER_ANSWER;
      if (seen(hop).isEmpty()) {
        add(hop, interfaceName, reset);
      }
    } else if (!out
        && seen(Hop.CLIENT_ACK).isEmpty()
        && (flags & (Tcp.ACK | Tcp.SYN | Tcp.RST)) == Tcp.ACK
        && from().equals(seen.getFirst().from())
        && sequence(frame) == sequence + 1) {
      add(Hop.CLIENT_ACK, interfaceName, false);
    }
  }

  private int sequence(DirectBuffer frame) {
    return frame.getInt(headers.transportOffset() + Tcp.SEQUENCE, BIG_ENDIAN);
  }

  private void add(Hop hop, String interfaceName, boolean reset) {
    seen.add(new Seen(hop, interfaceName, from(), to(), reset));
  }

  private InetSocketAddress from() {
    return new InetSocketAddress(
        address(headers.sourceAddress(), headers.sourceHigh(), headers.sourceLow()),
        headers.sourcePort());
  }

  private InetSocketAddress to() {
    return new InetSocketAddress(
        address(headers.destinationAddress(), headers.destinationHigh(), headers.destinationLow()),
        headers.destinationPort());
  }

  private InetAddress address(int ipv4, long high, long low) {
    UnsafeBuffer bytes = new UnsafeBuffer(new byte[headers.isIpv6() ? 16 : 4]);
    if (headers.isIpv6()) {
      bytes.putLong(0, high, BIG_ENDIAN);
      bytes.putLong(Long.BYTES, low, BIG_ENDIAN);
    } else {
      bytes.putInt(0, ipv4, BIG_ENDIAN);
    }
    try {
      return InetAddress.getByAddress(bytes.byteArray());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of another length", e);
    }
  }
}
