package io.headrace.counters;

import io.headrace.counters.Event.Kind;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The newest events, which are rare.
 *
 * <pre>
 *    0  number               8
 *    8  start                8   monotonic, nanoseconds
 *   16  duration             8   nanoseconds
 *   24  kind                 4
 *   28  length of where      4
 *   32  where               32   UTF-8
 * </pre>
 *
 * <p>Threading: any.
 */
public final class Events {
  private static final int START = 8;
  private static final int DURATION = 16;
  private static final int KIND = 24;
  private static final int WHERE_LENGTH = 28;
  private static final int WHERE = 32;
  private static final int LONGEST_WHERE = 32;

  private final UnsafeBuffer memory;
  private final Newest entries;

  Events(UnsafeBuffer memory) {
    this.memory = memory;
    this.entries = new Newest(memory);
  }

  /** Adds one. */
  public synchronized void add(Event event) {
    byte[] where = event.where().getBytes(StandardCharsets.UTF_8);
    int length = Math.min(where.length, LONGEST_WHERE);
    int entry = entries.begin();
    memory.putLong(entry + START, event.startNs());
    memory.putLong(entry + DURATION, event.durationNs());
    memory.putInt(entry + KIND, event.kind().ordinal());
    memory.putInt(entry + WHERE_LENGTH, length);
    memory.putBytes(entry + WHERE, where, 0, length);
    entries.end(entry);
  }

  /** How many were written so far. */
  long written() {
    return entries.written();
  }

  /** Reads those that were written since and are still there. */
  void read(long from, Consumer<Event> each) {
    long written = entries.written();
    UnsafeBuffer copy = new UnsafeBuffer(new byte[Newest.ENTRY_LENGTH]);
    for (long number = Math.max(from, entries.oldest(written)); number < written; number++) {
      if (entries.read(number, copy)) {
        each.accept(event(copy));
      }
    }
  }

  private static Event event(UnsafeBuffer copy) {
    byte[] where = new byte[Math.clamp(copy.getInt(WHERE_LENGTH), 0, LONGEST_WHERE)];
    copy.getBytes(WHERE, where);
    Kind[] kinds = Kind.values();
    return new Event(
        kinds[Math.clamp(copy.getInt(KIND), 0, kinds.length - 1)],
        copy.getLong(START),
        copy.getLong(DURATION),
        new String(where, StandardCharsets.UTF_8));
  }
}
