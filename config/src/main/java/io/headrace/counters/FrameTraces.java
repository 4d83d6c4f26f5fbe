package io.headrace.counters;

import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * How long the newest frames spent in each stage: an entry for frames that went through all of them
 * together.
 *
 * <pre>
 *    0  number               8
 *    8  captured             8   monotonic, nanoseconds
 *   16  stages            4 × 6   nanoseconds, unsigned
 *   40  frames               4
 *   44  worker               4
 * </pre>
 *
 * <p>Threading: one thread writes; any reads.
 */
public final class FrameTraces {
  /** The stages of a frame, in their order. */
  public static final int STAGES = 6;

  private static final int CAPTURED = 8;
  private static final int FIRST_STAGE = 16;
  private static final int FRAMES = 40;
  private static final int WORKER = 44;
  private static final long LONGEST_NS = 0xffff_ffffL;

  private final UnsafeBuffer memory;
  private final Newest entries;
  private int entry;

  FrameTraces(UnsafeBuffer memory) {
    this.memory = memory;
    this.entries = new Newest(memory);
  }

  /**
   * Begins an entry: {@link #stage} and {@link #end} follow.
   *
   * @param frames that went together
   */
  public void begin(long capturedNs, int frames, int worker) {
    entry = entries.begin();
    memory.putLong(entry + CAPTURED, capturedNs);
    memory.putInt(entry + FRAMES, frames);
    memory.putInt(entry + WORKER, worker);
  }

  public void stage(int index, long ns) {
    memory.putInt(entry + FIRST_STAGE + index * Integer.BYTES, (int) Math.clamp(ns, 0, LONGEST_NS));
  }

  public void end() {
    entries.end(entry);
  }

  /** How many were written so far. */
  long written() {
    return entries.written();
  }

  /**
   * Reads those that were written since.
   *
   * @param from how many had been written then
   * @return how many of them were lost: they have been overwritten
   */
  long read(long from, Consumer<FrameTrace> each) {
    long written = entries.written();
    UnsafeBuffer copy = new UnsafeBuffer(new byte[Newest.ENTRY_LENGTH]);
    long lost = Math.max(0, entries.oldest(written) - from);
    for (long number = from + lost; number < written; number++) {
      if (entries.read(number, copy)) {
        each.accept(trace(copy));
      } else {
        lost++;
      }
    }
    return lost;
  }

  private static FrameTrace trace(UnsafeBuffer copy) {
    long[] stages = new long[STAGES];
    for (int i = 0; i < STAGES; i++) {
      stages[i] = Integer.toUnsignedLong(copy.getInt(FIRST_STAGE + i * Integer.BYTES));
    }
    return new FrameTrace(copy.getLong(CAPTURED), stages, copy.getInt(FRAMES), copy.getInt(WORKER));
  }
}
