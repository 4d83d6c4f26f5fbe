package io.headrace.schedule;

import java.util.List;

/**
 * Consistent hashing with bounded load, over a {@link Maglev} table: a server that has more than
 * {@link #MOST} times its share of all flows is passed over, and the next in the table takes its
 * place. So flows keep their servers as long as none has too many.
 *
 * <p>Source: Mirrokni, Thorup and Zadimoghaddam, <em>Consistent Hashing with Bounded Loads</em>,
 * SODA 2018.
 */
final class BoundedLoad implements Scheduler {
  /** The least that HAProxy recommends: less moves many flows, more evens out little. */
  static final double MOST = 1.25;

  private final Candidate[] candidates;
  private final double[] bound;
  private final int[] table;

  BoundedLoad(String pool, List<Candidate> candidates) {
    this.candidates = candidates.toArray(Candidate[]::new);
    this.table = Maglev.fill(pool, candidates, Maglev.DEFAULT_TABLE_SIZE);
    double sum = candidates.stream().mapToLong(Candidate::weight).sum();
    this.bound = candidates.stream().mapToDouble(each -> MOST * each.weight() / sum).toArray();
  }

  @Override
  public int choose(long hash) {
    long all = 1;
    for (Candidate each : candidates) {
      all += each.flows().count();
    }
    int first = Maglev.index(hash, table.length);
    for (int i = first; i < table.length; i++) {
      if (hasRoom(table[i], all)) {
        return candidates[table[i]].id();
      }
    }
    for (int i = 0; i < first; i++) {
      if (hasRoom(table[i], all)) {
        return candidates[table[i]].id();
      }
    }
    return candidates[table[first]].id();
  }

  /**
   * @param all flows that there are, with the one to come
   */
  private boolean hasRoom(int candidate, long all) {
    return candidates[candidate].flows().count() < bound[candidate] * all;
  }
}
