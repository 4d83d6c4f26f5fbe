package io.headrace.forward;

import java.util.Map;

/**
 * Finds what an address of IPv6 and a number stand for, without allocating. Immutable; open
 * addressing, at most half full.
 *
 * @param <V> what is found
 */
final class Ipv6Map<V> {
  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  /** What is found by it. */
  record Key(long high, long low, int number) {}

  private final Key[] keys;
  private final Object[] values;
  private final int mask;

  Ipv6Map(Map<Key, V> entries) {
    int size = Integer.highestOneBit(Math.max(1, entries.size())) << 2;
    keys = new Key[size];
    values = new Object[size];
    mask = size - 1;
    entries.forEach(this::add);
  }

  private void add(Key key, V value) {
    int at = home(key.high, key.low, key.number);
    while (keys[at] != null) {
      at = at + 1 & mask;
    }
    keys[at] = key;
    values[at] = value;
  }

  /** What was put in, or null. */
  @SuppressWarnings("unchecked") // nothing else was put in
  V get(long high, long low, int number) {
    for (int at = home(high, low, number); keys[at] != null; at = at + 1 & mask) {
      Key key = keys[at];
      if (key.low == low && key.high == high && key.number == number) {
        return (V) values[at];
      }
    }
    return null;
  }

  private int home(long high, long low, int number) {
    long mixed = ((high * MIX ^ low) * MIX ^ number) * MIX;
    return (int) (mixed >>> Integer.SIZE) & mask;
  }
}
