package io.headrace.offload;

import static io.headrace.bpf.Condition.ABOVE;
import static io.headrace.bpf.Condition.ANY_BIT;
import static io.headrace.bpf.Condition.EQUAL;
import static io.headrace.bpf.Condition.NOT_ABOVE;
import static io.headrace.bpf.Condition.NOT_EQUAL;
import static io.headrace.bpf.Operation.ADD;
import static io.headrace.bpf.Operation.AND;
import static io.headrace.bpf.Operation.SHIFT_RIGHT;
import static io.headrace.bpf.Register.FRAME;
import static io.headrace.bpf.Register.R0;
import static io.headrace.bpf.Register.R1;
import static io.headrace.bpf.Register.R2;
import static io.headrace.bpf.Register.R3;
import static io.headrace.bpf.Register.R4;
import static io.headrace.bpf.Register.R6;
import static io.headrace.bpf.Register.R7;
import static io.headrace.bpf.Register.R8;
import static io.headrace.bpf.Register.R9;
import static io.headrace.bpf.Width.BYTE;
import static io.headrace.bpf.Width.HALF;
import static io.headrace.bpf.Width.WORD;

import io.headrace.bpf.Assembler;
import io.headrace.bpf.BpfMap;
import io.headrace.bpf.Helper;
import io.headrace.bpf.Label;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import io.headrace.packet.Tcp;
import io.headrace.packet.Udp;

/**
 * The filter of a socket that captures: it keeps the frames from the pipeline that the kernel is to
 * forward, and notes for {@link FlowRedirect}, which runs next for the same frame on the same
 * processor, which entry it goes by. So the two never disagree about a frame, which would be lost
 * or sent twice.
 *
 * <p>The kernel gets what is quite plain: to this machine, without a VLAN tag, IPv4 without options
 * or IPv6 without extension headers, whose lengths are right, no fragment, more than one hop to
 * live, no longer than the way takes, TCP without SYN, FIN and RST or UDP, of a flow in the map,
 * from where its client was last seen. All else is the pipeline's.
 */
final class FlowFilter {
  private static final int WITHOUT_OPTIONS = 4 << 4 | Ipv4.LENGTH / Integer.BYTES;
  private static final int VERSION_MASK = 0xf0;

  /** Offset and more-fragments bit, on the wire. */
  private static final int FRAGMENT_BITS = 0xff3f;

  private static final int WHOLE_FRAME = -1;

  // The stack, from its end: the headers, and of the transport header two words. There the
  // addresses and ports, with the protocol put behind them, are a key.
  private static final int PORTS = -8;
  private static final int PROTOCOL = -4;
  private static final int DATAGRAM_LENGTH = PORTS + Udp.DATAGRAM_LENGTH;
  private static final int TCP_FLAGS = -66;
  private static final int NUMBER = -72;

  private FlowFilter() {}

  static Assembler code(FlowMaps maps) {
    Assembler code = new Assembler();
    Label ipv6 = new Label();
    Label pipeline = new Label();
    code.move(R6, R1);
    noDecisionYet(code, maps.decision(), pipeline);
    code.load(WORD, R1, R6, PacketContext.PACKET_TYPE).jumpIf(NOT_EQUAL, R1, 0, pipeline);
    code.load(WORD, R1, R6, PacketContext.VLAN_PRESENT).jumpIf(NOT_EQUAL, R1, 0, pipeline);
    code.load(WORD, R1, R6, PacketContext.PROTOCOL)
        .jumpIf(EQUAL, R1, Family.IPV6.etherType(), ipv6)
        .jumpIf(NOT_EQUAL, R1, Family.IPV4.etherType(), pipeline);
    decide(code, Family.IPV4, maps, pipeline);
    decide(code.place(ipv6), Family.IPV6, maps, pipeline);
    return code.place(pipeline).move(R0, WHOLE_FRAME).exit();
  }

  /** R7 is where the decision stands. */
  private static void noDecisionYet(Assembler code, BpfMap decision, Label otherwise) {
    code.store(WORD, FRAME, NUMBER, 0);
    lookUp(code, decision, NUMBER, otherwise);
    code.move(R7, R0).store(WORD, R7, 0, 0);
  }

  /** R0 is the value under the key on the stack. */
  private static void lookUp(Assembler code, BpfMap map, int key, Label otherwise) {
    code.map(R1, map)
        .move(R2, FRAME)
        .apply(ADD, R2, key)
        .call(Helper.MAP_LOOKUP_ELEM)
        .jumpIf(EQUAL, R0, 0, otherwise);
  }

  private static void decide(Assembler code, Family family, FlowMaps maps, Label otherwise) {
    loadBytes(code, 0, headers(family), -headers(family), otherwise);
    if (family == Family.IPV6) {
      ipv6Header(code, otherwise);
    } else {
      ipv4Header(code, otherwise);
    }
    code.load(WORD, R1, R6, PacketContext.LENGTH)
        .apply(ADD, R1, -family.transport())
        .jumpIf(ABOVE, R9, R1, otherwise);
    transportHeader(code, family, otherwise);
    code.store(WORD, FRAME, PROTOCOL, R8);
    lookUp(code, maps.flows(family), PORTS - 2 * family.addressLength(), otherwise);
    code.load(WORD, R8, R0, 0).store(WORD, FRAME, NUMBER, R8);
    lookUp(code, maps.entries(), NUMBER, otherwise);
    comesFromItsClient(code, headers(family) + Ethernet.SOURCE, otherwise);
    fits(code, family, otherwise);
    code.apply(ADD, R8, 1).store(WORD, R7, 0, R8).move(R0, 0).exit();
  }

  /** Where the frame lies on the stack. */
  private static int headers(Family family) {
    return PORTS - family.transport();
  }

  private static void loadBytes(Assembler code, int from, int to, int length, Label otherwise) {
    code.move(R1, R6)
        .move(R2, from)
        .move(R3, FRAME)
        .apply(ADD, R3, to)
        .move(R4, length)
        .call(Helper.SKB_LOAD_BYTES)
        .jumpIf(NOT_EQUAL, R0, 0, otherwise);
  }

  /** R8 is the protocol above, R9 how long it is, beyond all bounds if it is negative. */
  private static void ipv4Header(Assembler code, Label otherwise) {
    int ip = PORTS - Ipv4.LENGTH;
    code.load(BYTE, R1, FRAME, ip).jumpIf(NOT_EQUAL, R1, WITHOUT_OPTIONS, otherwise);
    code.load(HALF, R1, FRAME, ip + Ipv4.FRAGMENT).jumpIf(ANY_BIT, R1, FRAGMENT_BITS, otherwise);
    code.load(BYTE, R1, FRAME, ip + Ipv4.TIME_TO_LIVE).jumpIf(NOT_ABOVE, R1, 1, otherwise);
    code.load(BYTE, R8, FRAME, ip + Ipv4.PROTOCOL);
    code.load(HALF, R9, FRAME, ip + Ipv4.TOTAL_LENGTH)
        .fromNetworkOrder16(R9)
        .apply(ADD, R9, -Ipv4.LENGTH);
  }

  /** As {@link #ipv4Header}. */
  private static void ipv6Header(Assembler code, Label otherwise) {
    int ip = PORTS - Ipv6.LENGTH;
    code.load(BYTE, R1, FRAME, ip)
        .apply(AND, R1, VERSION_MASK)
        .jumpIf(NOT_EQUAL, R1, 6 << 4, otherwise);
    code.load(BYTE, R1, FRAME, ip + Ipv6.HOP_LIMIT).jumpIf(NOT_ABOVE, R1, 1, otherwise);
    code.load(BYTE, R8, FRAME, ip + Ipv6.NEXT_HEADER);
    code.load(HALF, R9, FRAME, ip + Ipv6.PAYLOAD_LENGTH).fromNetworkOrder16(R9);
  }

  /** R9 is the length of the transport header; before, that of all behind the network header. */
  private static void transportHeader(Assembler code, Family family, Label otherwise) {
    Label udp = new Label();
    Label known = new Label();
    code.jumpIf(EQUAL, R8, Ipv4.PROTOCOL_UDP, udp)
        .jumpIf(NOT_EQUAL, R8, Ipv4.PROTOCOL_TCP, otherwise);
    int lengthAndFlags = family.transport() + Tcp.HEADER_LENGTH;
    loadBytes(code, lengthAndFlags, TCP_FLAGS, Short.BYTES, otherwise);
    code.load(BYTE, R1, FRAME, TCP_FLAGS + 1)
        .jumpIf(ANY_BIT, R1, Tcp.SYN | Tcp.FIN | Tcp.RST, otherwise);
    code.load(BYTE, R1, FRAME, TCP_FLAGS).apply(SHIFT_RIGHT, R1, 2).apply(AND, R1, 0x3c);
    code.jumpIf(NOT_ABOVE, R1, Tcp.LENGTH - 1, otherwise).jumpIf(ABOVE, R1, R9, otherwise);
    code.move(R9, R1).jump(known);

    code.place(udp).load(HALF, R1, FRAME, DATAGRAM_LENGTH).fromNetworkOrder16(R1);
    code.jumpIf(NOT_ABOVE, R1, Udp.LENGTH - 1, otherwise).jumpIf(ABOVE, R1, R9, otherwise);
    code.move(R9, Udp.LENGTH);
    code.place(known);
  }

  /**
   * A client that has moved, or its router has, is answered elsewhere: the pipeline has to know.
   *
   * @param source where its address lies
   */
  private static void comesFromItsClient(Assembler code, int source, Label otherwise) {
    Label anywhere = new Label();
    code.load(WORD, R1, R0, FlowEntry.FROM).jumpIf(EQUAL, R1, 0, anywhere);
    code.load(WORD, R2, R6, PacketContext.INTERFACE).jumpIf(NOT_EQUAL, R1, R2, otherwise);
    code.load(WORD, R1, R0, FlowEntry.ONLY_MAC)
        .load(WORD, R2, FRAME, source)
        .jumpIf(NOT_EQUAL, R1, R2, otherwise);
    code.load(HALF, R1, R0, FlowEntry.ONLY_MAC + Integer.BYTES)
        .load(HALF, R2, FRAME, source + Integer.BYTES)
        .jumpIf(NOT_EQUAL, R1, R2, otherwise);
    code.place(anywhere);
  }

  /** Whether the packet, or each that a super-frame will be cut into, is within the MTU. */
  private static void fits(Assembler code, Family family, Label otherwise) {
    Label superFrame = new Label();
    Label known = new Label();
    code.load(WORD, R1, R6, PacketContext.SEGMENT_SIZE).jumpIf(NOT_EQUAL, R1, 0, superFrame);
    code.load(WORD, R1, R6, PacketContext.LENGTH).apply(ADD, R1, -Ethernet.LENGTH).jump(known);
    code.place(superFrame).apply(ADD, R1, R9).apply(ADD, R1, family.headerLength());
    code.place(known).load(HALF, R2, R0, FlowEntry.MTU).jumpIf(ABOVE, R1, R2, otherwise);
  }
}
