package io.headrace.schedule;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Draws from servers by their weights in constant time: the alias method (Vose, <em>A Linear
 * Algorithm for Generating Random Numbers with a Given Distribution</em>, IEEE Transactions on
 * Software Engineering 17:9, 1991). Each of as many columns as there are servers holds the same
 * part of all: a share of its own server, and the rest of one other. Immutable; any thread.
 */
final class Draw {
  private static final double WHOLE = 0x1p63;

  /** A column's own share, in parts of 2^63. */
  private final long[] share;

  private final int[] other;

  /**
   * @param candidates at least one, each of a weight
   */
  Draw(List<Candidate> candidates) {
    int count = candidates.size();
    double sum = candidates.stream().mapToLong(Candidate::weight).sum();
    double[] left = candidates.stream().mapToDouble(each -> each.weight() * count / sum).toArray();
    share = new long[count];
    other = new int[count];
    Deque<Integer> small = new ArrayDeque<>();
    Deque<Integer> large = new ArrayDeque<>();
    for (int i = 0; i < count; i++) {
      (left[i] < 1 ? small : large).add(i);
    }
    while (!small.isEmpty() && !large.isEmpty()) {
      int less = small.remove();
      int more = large.remove();
      share[less] = (long) (left[less] * WHOLE);
      other[less] = more;
      left[more] -= 1 - left[less];
      (left[more] < 1 ? small : large).add(more);
    }
    // What is left is whole, but for rounding.
    small.addAll(large);
    for (int i : small) {
      share[i] = Long.MAX_VALUE;
      other[i] = i;
    }
  }

  /**
   * @param hash evenly distributed over all of its values
   * @return an index in the candidates
   */
  int draw(long hash) {
    int column = (int) Math.unsignedMultiplyHigh(hash, share.length);
    long within = hash * share.length >>> 1;
    return within < share[column] ? column : other[column];
  }
}
