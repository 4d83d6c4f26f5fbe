package io.headrace.bpf;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One bpf(2) after the other, with the memory of their arguments (union bpf_attr of linux/bpf.h).
 * Belongs to one thread at a time.
 */
final class BpfCall {
  static final int MAP_CREATE = 0;
  static final int PROG_LOAD = 5;
  static final int MAP_UPDATE_BATCH = 26;
  static final int MAP_DELETE_BATCH = 27;
  static final int LINK_CREATE = 28;
  static final int ENABLE_STATS = 32;

  static final int EPERM = 1;
  static final int EINVAL = 22;

  private static final CFunction SYSCALL = CFunction.named("syscall");
  private static final CFunction CLOSE = CFunction.named("close");
  private static final CFunction STRERROR = CFunction.named("strerror");

  /** Of asm/unistd_64.h, and of asm-generic/unistd.h, which AArch64 has. */
  private static final int NUMBER = System.getProperty("os.arch").equals("amd64") ? 321 : 280;

  private static final int LENGTH = 128;
  private static final int LONGEST_NAME = 15;
  private static final int LONGEST_MESSAGE = 256;

  private final CallState state = new CallState();
  private final UnsafeBuffer attributes =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH, Long.BYTES));

  /** Starts on the arguments of another call: all are 0. */
  BpfCall clear() {
    attributes.setMemory(0, LENGTH, (byte) 0);
    return this;
  }

  BpfCall set(int offset, int value) {
    attributes.putInt(offset, value);
    return this;
  }

  BpfCall set(int offset, long value) {
    attributes.putLong(offset, value);
    return this;
  }

  /** What the last call has put there. */
  int get(int offset) {
    return attributes.getInt(offset);
  }

  /** A name of at most 15 letters, as bpftool shows it. */
  BpfCall name(int offset, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    attributes.putBytes(offset, bytes, 0, Math.min(bytes.length, LONGEST_NAME));
    return this;
  }

  /** What the call returned, or the negated error number. */
  int call(int command) {
    return SYSCALL.call(state, NUMBER, command, attributes.addressOffset(), LENGTH);
  }

  /**
   * What the call returned.
   *
   * @param action what it does, for a person
   * @throws BpfException when the kernel refuses
   */
  int require(int command, String action) {
    int result = call(command);
    if (result < 0) {
      throw failure(action, -result);
    }
    return result;
  }

  static BpfException failure(String action, int errno) {
    String why =
        errno == EPERM ? "it takes the capabilities CAP_BPF and CAP_NET_ADMIN" : describe(errno);
    return new BpfException(action + ": " + why);
  }

  @SuppressWarnings("restricted") // The text is the C library's.
  private static String describe(int errno) {
    long text = STRERROR.callLong(new CallState(), errno, 0, 0, 0, 0, 0);
    return MemorySegment.ofAddress(text).reinterpret(LONGEST_MESSAGE).getString(0);
  }

  static void close(int descriptor) {
    CLOSE.call(new CallState(), descriptor);
  }
}
