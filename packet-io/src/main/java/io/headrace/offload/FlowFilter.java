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
import io.headrace.packet.Tcp;

/**
 * The filter of a socket that captures: it keeps the frames from the pipeline that the kernel is to
 * forward, and notes for {@link FlowRedirect}, which runs next for the same frame on the same
 * processor, which entry it goes by. So the two never disagree about a frame, which would be lost
 * or sent twice.
 *
 * <p>The kernel gets what is quite plain: to this machine, without a VLAN tag, IPv4 without
 * options, no fragment, more than one hop to live, no longer than the way takes, TCP without SYN,
 * FIN and RST or UDP, of a flow in the map, from where its client was last seen. All else is the
 * pipeline's.
 */
final class FlowFilter {
  private static final int ETH_P_IP_ON_THE_WIRE = 0x0008;
  private static final int WITHOUT_OPTIONS = 4 << 4 | Ipv4.LENGTH / Integer.BYTES;

  /** Offset and more-fragments bit, on the wire. */
  private static final int FRAGMENT_BITS = 0xff3f;

  private static final int WHOLE_FRAME = -1;

  // The stack, from its end. The headers lie so that the addresses and ports, and the protocol put
  // behind them, are a key.
  private static final int HEADERS = -46;
  private static final int IP = HEADERS + Ethernet.LENGTH;
  private static final int TRANSPORT = IP + Ipv4.LENGTH;
  private static final int KEY = IP + Ipv4.SOURCE;
  private static final int LOADED = Ethernet.LENGTH + Ipv4.LENGTH + Long.BYTES;
  private static final int TCP_FLAGS = -48;
  private static final int NUMBER = -52;

  private FlowFilter() {}

  /**
   * @param flows indexes by {@link FlowKey}
   * @param entries {@link FlowEntry}
   * @param decision for each processor, 0 or one more than the index of the entry
   */
  static Assembler code(BpfMap flows, BpfMap entries, BpfMap decision) {
    Assembler code = new Assembler();
    Label pipeline = new Label();
    code.move(R6, R1);
    noDecisionYet(code, decision, pipeline);
    isPlain(code, pipeline);
    transportHeader(code, pipeline);
    code.store(WORD, FRAME, KEY + FlowKey.PROTOCOL, R8);
    lookUp(code, flows, KEY, pipeline);
    code.load(WORD, R8, R0, 0).store(WORD, FRAME, NUMBER, R8);
    lookUp(code, entries, NUMBER, pipeline);
    comesFromItsClient(code, pipeline);
    fits(code, pipeline);
    code.apply(ADD, R8, 1).store(WORD, R7, 0, R8);
    code.move(R0, 0).exit();
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

  /** R8 is the protocol above. */
  private static void isPlain(Assembler code, Label otherwise) {
    code.load(WORD, R1, R6, PacketContext.PACKET_TYPE).jumpIf(NOT_EQUAL, R1, 0, otherwise);
    code.load(WORD, R1, R6, PacketContext.VLAN_PRESENT).jumpIf(NOT_EQUAL, R1, 0, otherwise);
    code.load(WORD, R1, R6, PacketContext.PROTOCOL)
        .jumpIf(NOT_EQUAL, R1, ETH_P_IP_ON_THE_WIRE, otherwise);
    loadBytes(code, 0, HEADERS, LOADED, otherwise);
    code.load(BYTE, R1, FRAME, IP).jumpIf(NOT_EQUAL, R1, WITHOUT_OPTIONS, otherwise);
    code.load(HALF, R1, FRAME, IP + Ipv4.FRAGMENT).jumpIf(ANY_BIT, R1, FRAGMENT_BITS, otherwise);
    code.load(BYTE, R1, FRAME, IP + Ipv4.TIME_TO_LIVE).jumpIf(NOT_ABOVE, R1, 1, otherwise);
    code.load(BYTE, R8, FRAME, IP + Ipv4.PROTOCOL);
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

  /** R9 is the length of the transport header. */
  private static void transportHeader(Assembler code, Label otherwise) {
    Label udp = new Label();
    Label known = new Label();
    code.move(R9, Long.BYTES)
        .jumpIf(EQUAL, R8, Ipv4.PROTOCOL_UDP, known)
        .jumpIf(NOT_EQUAL, R8, Ipv4.PROTOCOL_TCP, otherwise);
    int lengthAndFlags = TRANSPORT - HEADERS + Tcp.HEADER_LENGTH;
    loadBytes(code, lengthAndFlags, TCP_FLAGS, Short.BYTES, otherwise);
    code.load(BYTE, R1, FRAME, TCP_FLAGS + 1)
        .jumpIf(ANY_BIT, R1, Tcp.SYN | Tcp.FIN | Tcp.RST, otherwise);
    code.load(BYTE, R9, FRAME, TCP_FLAGS).apply(SHIFT_RIGHT, R9, 2).apply(AND, R9, 0x3c);
    code.place(known);
  }

  /**
   * A client that has moved, or its router has, is answered elsewhere: the pipeline has to know.
   */
  private static void comesFromItsClient(Assembler code, Label otherwise) {
    Label anywhere = new Label();
    int source = HEADERS + Ethernet.SOURCE;
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
  private static void fits(Assembler code, Label otherwise) {
    Label superFrame = new Label();
    Label known = new Label();
    code.load(WORD, R1, R6, PacketContext.SEGMENT_SIZE).jumpIf(NOT_EQUAL, R1, 0, superFrame);
    code.load(WORD, R1, R6, PacketContext.LENGTH).apply(ADD, R1, -Ethernet.LENGTH).jump(known);
    code.place(superFrame).apply(ADD, R1, R9).apply(ADD, R1, Ipv4.LENGTH);
    code.place(known).load(HALF, R2, R0, FlowEntry.MTU).jumpIf(ABOVE, R1, R2, otherwise);
  }
}
