package io.headrace.io;

import java.lang.ref.Reference;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A socket filter that takes IP packets whose source and whose destination are both among some
 * addresses: a program of classic BPF, which needs no privilege beyond the socket's
 * (Documentation/networking/filter.rst; linux/filter.h, linux/bpf_common.h).
 *
 * <p>The program looks at one family after the other, and in each at the source, then at the
 * destination. Each address is a group of instructions: compare it word by word, and leave the list
 * when all are equal.
 */
final class EndsFilter {
  private static final int LOAD_HALF = 0x28;
  private static final int LOAD_WORD = 0x20;
  private static final int JUMP = 0x05;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;

  private static final int ETHERNET_TYPE = 12;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int IPV4_SOURCE = 26;
  private static final int IPV4_DESTINATION = 30;
  private static final int IPV6_SOURCE = 22;
  private static final int IPV6_DESTINATION = 38;

  private static final int WHOLE_FRAME = -1;
  private static final int NOTHING = 0;
  private static final int MOST_INSTRUCTIONS = 4096;
  private static final int INSTRUCTION_LENGTH = 8;
  private static final int PROGRAM_LENGTH = 16;

  private final List<Instruction> instructions = new ArrayList<>();

  private record Instruction(int code, int ifEqual, int ifNot, int operand) {}

  private EndsFilter(Set<InetAddress> addresses) {
    family(IPV4, IPV4_SOURCE, IPV4_DESTINATION, words(addresses, Inet4Address.class));
    family(IPV6, IPV6_SOURCE, IPV6_DESTINATION, words(addresses, Inet6Address.class));
    add(RETURN, NOTHING);
  }

  static EndsFilter of(Set<InetAddress> addresses) {
    return new EndsFilter(addresses);
  }

  private static List<int[]> words(
      Set<InetAddress> addresses, Class<? extends InetAddress> family) {
    return addresses.stream()
        .filter(family::isInstance)
        .map(
            address -> {
              ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
              int[] words = new int[bytes.capacity() / Integer.BYTES];
              bytes.asIntBuffer().get(words);
              return words;
            })
        .toList();
  }

  private void family(int type, int source, int destination, List<int[]> addresses) {
    add(LOAD_HALF, ETHERNET_TYPE);
    instructions.add(new Instruction(JUMP_IF_EQUAL, 1, 0, type));
    int lists = 2 * listLength(addresses);
    add(JUMP, lists + 1);
    list(source, addresses);
    list(destination, addresses);
    add(RETURN, WHOLE_FRAME);
  }

  private static int listLength(List<int[]> addresses) {
    return addresses.stream().mapToInt(EndsFilter::groupLength).sum() + 1;
  }

  private static int groupLength(int[] words) {
    return 2 * words.length + 1;
  }

  /** Goes on behind the list when the address at the offset is in it, else ends. */
  private void list(int offset, List<int[]> addresses) {
    int end = instructions.size() + listLength(addresses);
    for (int[] words : addresses) {
      int next = instructions.size() + groupLength(words);
      for (int i = 0; i < words.length; i++) {
        add(LOAD_WORD, offset + i * Integer.BYTES);
        int ifNot = next - instructions.size() - 1;
        instructions.add(new Instruction(JUMP_IF_EQUAL, 0, ifNot, words[i]));
      }
      add(JUMP, end - instructions.size() - 1);
    }
    add(RETURN, NOTHING);
  }

  private void add(int code, int operand) {
    instructions.add(new Instruction(code, 0, 0, operand));
  }

  /**
   * Has a socket's frames filtered.
   *
   * @throws FrameIoException when these are more addresses than a filter takes, some hundreds
   */
  void attachTo(PacketSocket socket) {
    if (instructions.size() > MOST_INSTRUCTIONS) {
      throw new FrameIoException("a socket filter takes fewer addresses than this machine has");
    }
    UnsafeBuffer memory =
        new UnsafeBuffer(
            BufferUtil.allocateDirectAligned(
                PROGRAM_LENGTH + instructions.size() * INSTRUCTION_LENGTH, Long.BYTES));
    memory.putShort(0, (short) instructions.size());
    memory.putLong(Long.BYTES, memory.addressOffset() + PROGRAM_LENGTH);
    for (int i = 0; i < instructions.size(); i++) {
      Instruction each = instructions.get(i);
      int at = PROGRAM_LENGTH + i * INSTRUCTION_LENGTH;
      memory.putShort(at, (short) each.code());
      memory.putByte(at + 2, (byte) each.ifEqual());
      memory.putByte(at + 3, (byte) each.ifNot());
      memory.putInt(at + 4, each.operand());
    }
    int result =
        socket
            .libc()
            .setsockopt(
                socket.fd(),
                PacketSocket.SOL_SOCKET,
                PacketSocket.SO_ATTACH_FILTER,
                memory.addressOffset(),
                PROGRAM_LENGTH);
    Reference.reachabilityFence(memory);
    socket.require("filtering the frames", result);
  }
}
