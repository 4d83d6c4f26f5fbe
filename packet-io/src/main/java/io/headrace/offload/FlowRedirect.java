package io.headrace.offload;

import static io.headrace.bpf.Condition.ABOVE;
import static io.headrace.bpf.Condition.EQUAL;
import static io.headrace.bpf.Condition.NOT_ABOVE;
import static io.headrace.bpf.Condition.NOT_EQUAL;
import static io.headrace.bpf.Operation.ADD;
import static io.headrace.bpf.Operation.AND;
import static io.headrace.bpf.Operation.SHIFT_LEFT;
import static io.headrace.bpf.Operation.SHIFT_RIGHT;
import static io.headrace.bpf.Operation.XOR;
import static io.headrace.bpf.Register.FRAME;
import static io.headrace.bpf.Register.R0;
import static io.headrace.bpf.Register.R1;
import static io.headrace.bpf.Register.R2;
import static io.headrace.bpf.Register.R3;
import static io.headrace.bpf.Register.R4;
import static io.headrace.bpf.Register.R5;
import static io.headrace.bpf.Register.R6;
import static io.headrace.bpf.Register.R7;
import static io.headrace.bpf.Register.R8;
import static io.headrace.bpf.Register.R9;
import static io.headrace.bpf.Width.BYTE;
import static io.headrace.bpf.Width.DOUBLE;
import static io.headrace.bpf.Width.HALF;
import static io.headrace.bpf.Width.WORD;

import io.headrace.bpf.Assembler;
import io.headrace.bpf.BpfMap;
import io.headrace.bpf.Helper;
import io.headrace.bpf.Label;
import io.headrace.bpf.Register;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import io.headrace.packet.Tcp;
import io.headrace.packet.Udp;

/**
 * The program at the ingress of an interface: it rewrites and sends on what {@link FlowFilter} has
 * just kept from the pipeline, and counts it; all else goes its way. The bytes are those that
 * {@code NatRewrite} makes: only differences enter the checksums (RFC 1624), and of a partial one,
 * which the helper knows, only that of the addresses.
 */
final class FlowRedirect {
  private static final int NEXT_PROGRAM = -1;
  private static final int DROP = 2;

  private static final int F_PSEUDO_HDR = 1 << 4;
  private static final int F_MARK_MANGLED_0 = 1 << 5;

  private static final int IP = Ethernet.LENGTH;

  /**
   * One hop less, in the 16-bit word that begins with the time to live: plus the complement of 1.
   */
  private static final int ONE_HOP_LESS = 0xfffe;

  /** The same, in the word that ends with the hop limit. */
  private static final int ONE_HOP_LESS_OF_IPV6 = 0xfeff;

  private static final int UPPER = Integer.SIZE;

  // The stack, from its end.
  private static final int NUMBER = -4;
  private static final int CHECKSUM = -16;
  private static final int FLAGS = -24;

  private FlowRedirect() {}

  static Assembler code(FlowMaps maps) {
    Assembler code = new Assembler();
    Label notOurs = new Label();
    Label ipv6 = new Label();
    Label rewritten = new Label();
    Label lost = new Label();
    code.move(R6, R1).store(WORD, FRAME, NUMBER, 0);
    lookUp(code, maps.decision(), notOurs);
    code.load(WORD, R8, R0, 0)
        .store(WORD, R0, 0, 0)
        .jumpIf(EQUAL, R8, 0, notOurs)
        .apply(ADD, R8, -1)
        .store(WORD, FRAME, NUMBER, R8);
    lookUp(code, maps.entries(), lost);
    code.move(R7, R0)
        .load(WORD, R1, R6, PacketContext.PROTOCOL)
        .jumpIf(EQUAL, R1, Family.IPV6.etherType(), ipv6);

    headers(code, Family.IPV4, rewritten, lost);
    ipv4(code);
    transport(code, Family.IPV4, Ipv4.PROTOCOL, lost);
    code.jump(rewritten);

    code.place(ipv6);
    lookUp(code, maps.addresses(), lost);
    code.move(R8, R0);
    headers(code, Family.IPV6, rewritten, lost);
    ipv6(code);
    transport(code, Family.IPV6, Ipv6.NEXT_HEADER, lost);
    updateSumOfAll(code);
    send(code.place(rewritten));

    code.place(notOurs).move(R0, NEXT_PROGRAM).exit();
    // The pipeline does not have it either: a retransmission will do better.
    return code.place(lost).move(R0, DROP).exit();
  }

  /** R0 is the value under the number on the stack. */
  private static void lookUp(Assembler code, BpfMap map, Label otherwise) {
    code.map(R1, map)
        .move(R2, FRAME)
        .apply(ADD, R2, NUMBER)
        .call(Helper.MAP_LOOKUP_ELEM)
        .jumpIf(EQUAL, R0, 0, otherwise);
  }

  /**
   * R5 is where the frame starts, whose headers may be written, and has its new MACs.
   *
   * @param done where to go if that is all
   */
  private static void headers(Assembler code, Family family, Label done, Label otherwise) {
    Label linear = new Label();
    int rewritten = family.transport() + Long.BYTES;
    data(code, rewritten).jumpIf(NOT_ABOVE, R2, R3, linear);
    code.move(R1, R6).move(R2, rewritten).call(Helper.SKB_PULL_DATA);
    data(code, rewritten).jumpIf(ABOVE, R2, R3, otherwise);
    code.place(linear);
    code.load(DOUBLE, R1, R7, FlowEntry.DESTINATION_MAC).store(DOUBLE, R5, 0, R1);
    code.load(WORD, R1, R7, FlowEntry.DESTINATION_MAC + Long.BYTES).store(WORD, R5, Long.BYTES, R1);
    code.load(WORD, R1, R7, FlowEntry.PORTS).jumpIf(EQUAL, R1, 0, done);
  }

  private static Assembler data(Assembler code, int length) {
    return code.load(WORD, R5, R6, PacketContext.DATA)
        .load(WORD, R3, R6, PacketContext.DATA_END)
        .move(R2, R5)
        .apply(ADD, R2, length);
  }

  /** R9 is the difference that the addresses make, in 32 bits. */
  private static void ipv4(Assembler code) {
    code.move(R9, 0);
    replace(code, IP + Ipv4.SOURCE, R7, FlowEntry.SOURCE, R9);
    replace(code, IP + Ipv4.DESTINATION, R7, FlowEntry.DESTINATION, R9);
    foldTo32(code, R9);

    oneHopLess(code, IP + Ipv4.TIME_TO_LIVE);
    code.load(HALF, R1, R5, IP + Ipv4.CHECKSUM)
        .apply(XOR, R1, 0xffff)
        .apply(ADD, R1, R9)
        .apply(ADD, R1, ONE_HOP_LESS);
    foldTo16(code, R1);
    code.apply(XOR, R1, 0xffff).store(HALF, R5, IP + Ipv4.CHECKSUM, R1);
  }

  /** As {@link #ipv4}; R8 is where the new addresses stand. */
  private static void ipv6(Assembler code) {
    code.move(R9, 0);
    for (int at = 0; at < Family.IPV6.addressLength(); at += Integer.BYTES) {
      replace(code, IP + Ipv6.SOURCE + at, R8, FlowAddresses.SOURCE + at, R9);
      replace(code, IP + Ipv6.DESTINATION + at, R8, FlowAddresses.DESTINATION + at, R9);
    }
    foldTo32(code, R9);
    oneHopLess(code, IP + Ipv6.HOP_LIMIT);
  }

  private static void oneHopLess(Assembler code, int at) {
    code.load(BYTE, R1, R5, at).apply(ADD, R1, -1).store(BYTE, R5, at, R1);
  }

  /** Puts a new word into the frame, and adds the difference: ~before + after. */
  private static void replace(
      Assembler code, int inFrame, Register from, int offset, Register difference) {
    code.load(WORD, R1, R5, inFrame)
        .apply(XOR, R1, -1)
        .load(WORD, R2, from, offset)
        .store(WORD, R5, inFrame, R2)
        .apply(ADD, difference, R2);
    clearUpper(code, R1);
    code.apply(ADD, difference, R1);
  }

  private static void clearUpper(Assembler code, Register register) {
    code.apply(SHIFT_LEFT, register, UPPER).apply(SHIFT_RIGHT, register, UPPER);
  }

  /** One's complement: a carry comes in again below (RFC 1071). */
  private static void foldTo32(Assembler code, Register sum) {
    for (int i = 0; i < 2; i++) {
      code.move(R1, sum).apply(SHIFT_RIGHT, R1, UPPER);
      clearUpper(code, sum);
      code.apply(ADD, sum, R1);
    }
  }

  private static void foldTo16(Assembler code, Register sum) {
    for (int i = 0; i < 3; i++) {
      code.move(R2, sum)
          .apply(SHIFT_RIGHT, R2, Short.SIZE)
          .apply(AND, sum, 0xffff)
          .apply(ADD, sum, R2);
    }
  }

  private static void transport(Assembler code, Family family, int protocol, Label otherwise) {
    Label tcp = new Label();
    Label known = new Label();
    int transport = family.transport();
    code.load(BYTE, R4, R5, IP + protocol);
    code.move(R8, 0);
    replace(code, transport, R7, FlowEntry.PORTS, R8);
    foldTo32(code, R8);
    code.jumpIf(EQUAL, R4, Ipv4.PROTOCOL_TCP, tcp);
    code.store(DOUBLE, FRAME, CHECKSUM, transport + Udp.CHECKSUM)
        .store(DOUBLE, FRAME, FLAGS, F_MARK_MANGLED_0)
        .jump(known);
    code.place(tcp)
        .store(DOUBLE, FRAME, CHECKSUM, transport + Tcp.CHECKSUM)
        .store(DOUBLE, FRAME, FLAGS, 0);
    code.place(known);
    updateChecksum(code, R9, F_PSEUDO_HDR, otherwise);
    updateChecksum(code, R8, 0, otherwise);
  }

  private static void updateChecksum(
      Assembler code, Register difference, int flag, Label otherwise) {
    code.move(R1, R6)
        .load(DOUBLE, R2, FRAME, CHECKSUM)
        .move(R3, 0)
        .move(R4, difference)
        .load(DOUBLE, R5, FRAME, FLAGS)
        .apply(ADD, R5, flag)
        .call(Helper.L4_CSUM_REPLACE)
        .jumpIf(NOT_EQUAL, R0, 0, otherwise);
  }

  /**
   * A network card may have summed the whole packet up. The helper takes the addresses' difference
   * off that, as the header of IPv4 has a checksum for it; that of IPv6 has none, and none for the
   * hop limit either.
   */
  private static void updateSumOfAll(Assembler code) {
    code.move(R2, R9).apply(ADD, R2, ONE_HOP_LESS_OF_IPV6);
    foldTo32(code, R2);
    code.move(R1, R6).call(Helper.CSUM_UPDATE);
  }

  /** Counts the frame, and sends it. */
  private static void send(Assembler code) {
    code.move(R1, 1).addAtomically(R7, FlowEntry.FRAMES, R1);
    code.load(WORD, R1, R6, PacketContext.LENGTH).addAtomically(R7, FlowEntry.BYTES, R1);
    code.call(Helper.KTIME_GET_COARSE_NS).store(DOUBLE, R7, FlowEntry.LAST_SEEN, R0);
    code.load(WORD, R1, R7, FlowEntry.TO).move(R2, 0).call(Helper.REDIRECT).exit();
  }
}
