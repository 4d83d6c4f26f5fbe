package io.headrace.bpf;

import static io.headrace.bpf.Register.FRAME;
import static io.headrace.bpf.Register.R0;
import static io.headrace.bpf.Register.R1;
import static io.headrace.bpf.Register.R2;
import static io.headrace.bpf.Register.R7;
import static io.headrace.bpf.Register.R9;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the assembler writes is what a disassembler reads. */
class AssemblerTest {
  private static final Path DISASSEMBLER = Path.of("/usr/bin/llvm-objdump");

  @TempDir Path directory;

  @Test
  void everyInstructionIsReadAsItWasMeant() throws Exception {
    Label back = new Label();
    Label ahead = new Label();
    Assembler code =
        new Assembler()
            .move(R1, -2)
            .move(R9, FRAME)
            .place(back)
            .apply(Operation.ADD, R9, -20)
            .apply(Operation.ADD, R1, R2)
            .apply(Operation.OR, R1, 3)
            .apply(Operation.AND, R1, 0xffff)
            .apply(Operation.SHIFT_LEFT, R1, 32)
            .apply(Operation.SHIFT_RIGHT, R1, 32)
            .apply(Operation.XOR, R1, -1)
            .fromNetworkOrder16(R1)
            .load(Width.BYTE, R0, R7, 1)
            .load(Width.HALF, R0, R7, 2)
            .load(Width.WORD, R0, R7, 4)
            .load(Width.DOUBLE, R0, FRAME, -8)
            .store(Width.HALF, R7, 12, R1)
            .addAtomically(R7, 16, R1)
            .jumpIf(Condition.EQUAL, R0, 0, ahead)
            .jumpIf(Condition.NOT_EQUAL, R0, R1, back)
            .jumpIf(Condition.ABOVE, R0, 9, ahead)
            .jumpIf(Condition.NOT_ABOVE, R0, 9, ahead)
            .jump(ahead)
            .call(Helper.REDIRECT)
            .place(ahead)
            .exit();
    assertEquals(
        List.of(
            "r1 = -2",
            "r9 = r10",
            "r9 += -20",
            "r1 += r2",
            "r1 |= 3",
            "r1 &= 65535",
            "r1 <<= 32",
            "r1 >>= 32",
            "r1 ^= -1",
            "r1 = be16 r1",
            "r0 = *(u8 *)(r7 + 1)",
            "r0 = *(u16 *)(r7 + 2)",
            "r0 = *(u32 *)(r7 + 4)",
            "r0 = *(u64 *)(r10 - 8)",
            "*(u16 *)(r7 + 12) = r1",
            "lock *(u64 *)(r7 + 16) += r1",
            "if r0 == 0 goto +5",
            "if r0 != r1 goto -16",
            "if r0 > 9 goto +3",
            "if r0 <= 9 goto +2",
            "goto +1",
            "call 23",
            "exit"),
        disassembled(code.bytes()));
  }

  /** RFC 9669, 5.1 and 4.3: LLVM knows these two from version 18 on. */
  @Test
  void whatOlderDisassemblersDoNotKnowIsAsItIsDefined() {
    Label ahead = new Label();
    Assembler code =
        new Assembler()
            .store(Width.WORD, FRAME, -4, 7)
            .jumpIf(Condition.ANY_BIT, R0, 7, ahead)
            .place(ahead)
            .exit();
    assertEquals(
        "620afcff07000000" + "4500000007000000" + "9500000000000000",
        HexFormat.of().formatHex(code.bytes()));
  }

  @Test
  void aJumpToNowhereIsAMistakeOfTheProgram() {
    Assembler code = new Assembler().jump(new Label()).exit();
    assertThrows(IllegalStateException.class, code::bytes);
  }

  /** One line an instruction. */
  private List<String> disassembled(byte[] instructions) throws Exception {
    assumeTrue(Files.exists(DISASSEMBLER), "this test needs the package llvm");
    Path object = directory.resolve("program.o");
    Files.write(object, object(instructions));
    Process process =
        new ProcessBuilder(
                DISASSEMBLER.toString(),
                "-d",
                "--no-show-raw-insn",
                "--no-leading-addr",
                "" + object)
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said.lines()
        .filter(line -> line.startsWith("\t") || line.startsWith(" "))
        .map(line -> line.strip().replaceAll("^\\d+:\\s+", "").replaceAll(" <\\S+>$", "").strip())
        .map(AssemblerTest::decimal)
        .toList();
  }

  /** Some versions write hexadecimal. */
  private static String decimal(String line) {
    return Pattern.compile("0x([0-9a-f]+)")
        .matcher(line)
        .replaceAll(found -> Long.toString(Long.parseLong(found.group(1), 16)));
  }

  /** An object file of one section (elf(5)): header, code, names, and three section headers. */
  private static byte[] object(byte[] code) throws IOException {
    byte[] names = "\0.text\0.shstrtab\0".getBytes(StandardCharsets.US_ASCII);
    int header = 64;
    int section = 64;
    int sections = header + code.length + (names.length + 7 & -8);
    ByteBuffer elf = ByteBuffer.allocate(sections + 3 * section).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    elf.position(16).putShort((short) 1).putShort((short) 247).putInt(1);
    elf.position(40).putLong(sections).putInt(0);
    elf.putShort((short) header).putShort((short) 0).putShort((short) 0);
    elf.putShort((short) section).putShort((short) 3).putShort((short) 2);
    elf.put(header, code).put(header + code.length, names);
    elf.position(sections + section).putInt(1).putInt(1).putLong(6).putLong(0);
    elf.putLong(header).putLong(code.length).putLong(0).putLong(8);
    elf.position(sections + 2 * section).putInt(7).putInt(3).putLong(0).putLong(0);
    elf.putLong(header + code.length).putLong(names.length).putLong(0).putLong(1);
    return elf.array();
  }
}
