package io.headrace.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A program that the kernel has verified and compiled. */
public final class BpfProgram implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BpfProgram.class);

  private static final int LOG_LEVEL_WHY = 1;
  private static final int LOG_LENGTH = 1 << 20;

  // Fields of union bpf_attr.
  private static final int PROG_TYPE = 0;
  private static final int INSN_CNT = 4;
  private static final int INSNS = 8;
  private static final int LICENSE = 16;
  private static final int LOG_LEVEL = 24;
  private static final int LOG_SIZE = 28;
  private static final int LOG_BUF = 32;
  private static final int PROG_NAME = 48;

  /** What a program may be attached to. */
  public enum Kind {
    /** A socket: the result is how much of the frame it gets, 0 for nothing. */
    SOCKET_FILTER(1),
    /** The ingress of an interface. */
    TRAFFIC_CONTROL(3);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  private final int descriptor;

  private BpfProgram(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Loads a program.
   *
   * @throws BpfException when the kernel refuses it. What the verifier says of it goes to the debug
   *     log, its last line into the message
   */
  public static BpfProgram load(String name, Kind kind, Assembler code) {
    byte[] bytes = code.bytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment instructions = arena.allocate(bytes.length, Long.BYTES);
      MemorySegment.copy(bytes, 0, instructions, JAVA_BYTE, 0, bytes.length);
      BpfCall call =
          new BpfCall()
              .clear()
              .set(PROG_TYPE, kind.number)
              .set(INSN_CNT, bytes.length / Long.BYTES)
              .set(INSNS, instructions.address())
              .set(LICENSE, arena.allocateFrom("GPL").address())
              .name(PROG_NAME, name);
      int descriptor = call.call(BpfCall.PROG_LOAD);
      if (descriptor < 0) {
        throw refused(name, call, -descriptor, arena);
      }
      return new BpfProgram(descriptor);
    }
  }

  /** Asks again, as only a load that fails has a use for the verifier's log. */
  private static BpfException refused(String name, BpfCall call, int errno, Arena arena) {
    MemorySegment log = arena.allocate(LOG_LENGTH);
    call.set(LOG_LEVEL, LOG_LEVEL_WHY).set(LOG_SIZE, LOG_LENGTH).set(LOG_BUF, log.address());
    int second = call.call(BpfCall.PROG_LOAD);
    if (second >= 0) {
      BpfCall.close(second);
    }
    String verdict = log.getString(0).strip();
    LOG.debug("program {}: {}", name, verdict);
    BpfException failure = BpfCall.failure("the BPF program " + name, errno);
    return verdict.isEmpty()
        ? failure
        : new BpfException(failure.getMessage() + ": " + last(verdict));
  }

  /** The verifier ends with numbers of its own; what is wrong stands before them. */
  private static String last(String verdict) {
    return verdict
        .lines()
        .filter(line -> !line.startsWith("processed ") && !line.startsWith("verification time"))
        .reduce((_, line) -> line)
        .orElse("");
  }

  /** What a socket option takes. */
  public int descriptor() {
    return descriptor;
  }

  @Override
  public void close() {
    BpfCall.close(descriptor);
  }
}
