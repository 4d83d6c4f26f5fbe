package io.headrace.counters;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.AtomicBuffer;

/**
 * Entries of 64 bytes, of which the newest are kept: each overwrites the oldest. Whoever writes
 * waits for no reader; a reader that is too slow learns how many it has missed.
 *
 * <pre>
 *     0  written so far       8
 *   128  entries             64 each; the first 8 bytes of each are its number from 1, and 0 while
 *                            it is written
 * </pre>
 */
final class Newest {
  static final int ENTRY_LENGTH = 64;
  private static final int WRITTEN = 0;
  private static final int ENTRIES = 128;

  private final AtomicBuffer memory;
  private final int mask;

  Newest(AtomicBuffer memory) {
    this.memory = memory;
    this.mask = (memory.capacity() - ENTRIES) / ENTRY_LENGTH - 1;
  }

  static int length(int entries) {
    return ENTRIES + entries * ENTRY_LENGTH;
  }

  /** Begins an entry. For the only thread that writes, or under a lock. */
  int begin() {
    int entry = offset(memory.getLong(WRITTEN));
    memory.putLong(entry, 0);
    VarHandle.storeStoreFence();
    return entry;
  }

  /** Ends the entry that was begun. */
  void end(int entry) {
    long number = memory.getLong(WRITTEN) + 1;
    memory.putLongRelease(entry, number);
    memory.putLongRelease(WRITTEN, number);
  }

  /** How many were written so far. */
  long written() {
    return memory.getLongVolatile(WRITTEN);
  }

  /** The oldest that may still be there, counted from 0. */
  long oldest(long written) {
    return Math.max(0, written - mask - 1);
  }

  private int offset(long number) {
    return ENTRIES + (int) (number & mask) * ENTRY_LENGTH;
  }

  /**
   * Reads an entry.
   *
   * @param number counted from 0
   * @param into of {@link #ENTRY_LENGTH} bytes
   * @return false when it has been overwritten
   */
  boolean read(long number, AtomicBuffer into) {
    int entry = offset(number);
    if (memory.getLongVolatile(entry) != number + 1) {
      return false;
    }
    into.putBytes(0, memory, entry, ENTRY_LENGTH);
    VarHandle.acquireFence();
    return memory.getLongVolatile(entry) == number + 1;
  }
}
