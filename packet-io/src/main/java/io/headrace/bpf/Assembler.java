package io.headrace.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a BPF program, instruction by instruction (RFC 9669). Each method adds one; the names are
 * those of what happens. Offsets are in bytes.
 */
public final class Assembler {
  private static final int LENGTH = Long.BYTES;

  // Classes, modes and sources of instructions: RFC 9669, 3 and 5.
  private static final int LD_IMM64 = 0x18;
  private static final int LDX_MEM = 0x61;
  private static final int ST_MEM = 0x62;
  private static final int STX_MEM = 0x63;
  private static final int STX_ATOMIC = 0xc3;
  private static final int JMP = 0x05;
  private static final int ALU64 = 0x07;
  private static final int TO_BIG_ENDIAN = 0xdc;
  private static final int BY_REGISTER = 0x08;
  private static final int CALL = 0x85;
  private static final int EXIT = 0x95;

  /** In the source field of a 64-bit immediate: it is the descriptor of a map. */
  private static final int PSEUDO_MAP_FD = 1;

  private final List<Instruction> instructions = new ArrayList<>();

  private record Instruction(int code, int to, int from, int offset, Label target, int immediate) {}

  /** {@code to = to OPERATION value}, the value sign-extended. */
  public Assembler apply(Operation operation, Register to, int value) {
    return add(ALU64 | operation.code(), to.ordinal(), 0, 0, value);
  }

  /** {@code to = to OPERATION from}. */
  public Assembler apply(Operation operation, Register to, Register from) {
    return add(ALU64 | operation.code() | BY_REGISTER, to.ordinal(), from.ordinal(), 0, 0);
  }

  /** {@code to = value}, sign-extended. */
  public Assembler move(Register to, int value) {
    return apply(Operation.MOVE, to, value);
  }

  /** {@code to = from}. */
  public Assembler move(Register to, Register from) {
    return apply(Operation.MOVE, to, from);
  }

  /** The low 16 bits of a register in this machine's order, which were in that of the network. */
  public Assembler fromNetworkOrder16(Register register) {
    return add(TO_BIG_ENDIAN, register.ordinal(), 0, 0, Short.SIZE);
  }

  /** {@code to = memory[from + offset]}, zero-extended. */
  public Assembler load(Width width, Register to, Register from, int offset) {
    return add(LDX_MEM | width.code(), to.ordinal(), from.ordinal(), offset, 0);
  }

  /** {@code memory[to + offset] = from}. */
  public Assembler store(Width width, Register to, int offset, Register from) {
    return add(STX_MEM | width.code(), to.ordinal(), from.ordinal(), offset, 0);
  }

  /** {@code memory[to + offset] = value}. */
  public Assembler store(Width width, Register to, int offset, int value) {
    return add(ST_MEM | width.code(), to.ordinal(), 0, offset, value);
  }

  /** {@code memory[to + offset] += from}, 64 bits at once, whoever else does the same. */
  public Assembler addAtomically(Register to, int offset, Register from) {
    int code = STX_ATOMIC | Width.DOUBLE.code();
    return add(code, to.ordinal(), from.ordinal(), offset, Operation.ADD.code());
  }

  /** {@code to = map}, for a helper. */
  public Assembler map(Register to, BpfMap map) {
    add(LD_IMM64, to.ordinal(), PSEUDO_MAP_FD, 0, map.descriptor());
    return add(0, 0, 0, 0, 0);
  }

  /** Calls a function of the kernel. */
  public Assembler call(Helper helper) {
    return add(CALL, 0, 0, 0, helper.number());
  }

  /** Goes on at the target if the condition holds of a register and a value, sign-extended. */
  public Assembler jumpIf(Condition condition, Register left, int right, Label target) {
    int code = JMP | condition.code();
    instructions.add(new Instruction(code, left.ordinal(), 0, 0, target, right));
    return this;
  }

  /** Goes on at the target if the condition holds of two registers. */
  public Assembler jumpIf(Condition condition, Register left, Register right, Label target) {
    int code = JMP | condition.code() | BY_REGISTER;
    instructions.add(new Instruction(code, left.ordinal(), right.ordinal(), 0, target, 0));
    return this;
  }

  /** Goes on at the target. */
  public Assembler jump(Label target) {
    instructions.add(new Instruction(JMP, 0, 0, 0, target, 0));
    return this;
  }

  /** Here is the target of jumps. */
  public Assembler place(Label label) {
    label.place(instructions.size());
    return this;
  }

  /** Ends the program; R0 is its result. */
  public Assembler exit() {
    return add(EXIT, 0, 0, 0, 0);
  }

  private Assembler add(int code, int to, int from, int offset, int immediate) {
    instructions.add(new Instruction(code, to, from, offset, null, immediate));
    return this;
  }

  /** The program as the kernel takes it, in this machine's byte order. */
  public byte[] bytes() {
    ByteBuffer bytes =
        ByteBuffer.allocate(instructions.size() * LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < instructions.size(); i++) {
      Instruction each = instructions.get(i);
      int offset = each.target == null ? each.offset : each.target.at() - i - 1;
      bytes.put((byte) each.code);
      bytes.put((byte) (each.to | each.from << 4));
      bytes.putShort((short) offset);
      bytes.putInt(each.immediate);
    }
    return bytes.array();
  }
}
