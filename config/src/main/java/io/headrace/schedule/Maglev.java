package io.headrace.schedule;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Weighted Maglev hashing: a lookup table in which every server holds a share of the entries that
 * is its share of the weights, and in which few entries change hands when servers come and go.
 *
 * <p>Each server walks the table in an order of its own, its <em>permutation</em>, and the servers
 * take turns to claim the next entry that is free. A weight makes the turns of a server more
 * frequent: turn <em>n</em> of a server comes at the time (<em>n</em> + ½) / weight, whoever else
 * is there, and its first at once, so that each gets an entry. So shares are those of the weights
 * to within an entry (the method of Sainte-Laguë), and the others take their turns in the same
 * order when one of them goes. The permutation comes from a hash of the server's address that is
 * keyed with the name of the pool, and turns are taken in the order of the addresses. So the table
 * is the same on every machine that has the same pool, whatever the order in its file, and two
 * pools over the same machines differ.
 *
 * <p>Source: Eisenbud et al., <em>Maglev: A Fast and Reliable Software Network Load Balancer</em>,
 * NSDI 2016, section 3.4.
 */
final class Maglev implements Scheduler {
  /** The small table of the paper (section 5.3): a prime, and 256 KiB per pool. */
  static final int DEFAULT_TABLE_SIZE = 65537;

  private static final int CERTAINTY = 50;
  private static final int FREE = -1;

  private final int[] table;

  /** A table of {@link #DEFAULT_TABLE_SIZE}. */
  Maglev(String pool, List<Candidate> candidates) {
    this(pool, candidates, DEFAULT_TABLE_SIZE);
  }

  /**
   * @param pool keys the hash
   * @param candidates at least one, {@linkplain Candidate#ordered in order}
   * @param tableSize a prime, much larger than the number of servers (the paper: a hundred times
   *     keeps shares within 1 %)
   * @throws IllegalArgumentException when the size is no prime: a permutation would not reach every
   *     entry, and the table would never be full
   */
  Maglev(String pool, List<Candidate> candidates, int tableSize) {
    table = fill(pool, candidates, tableSize);
    Arrays.setAll(table, i -> candidates.get(table[i]).id());
  }

  @Override
  public int choose(long hash) {
    return table[index(hash, table.length)];
  }

  /** The high word of hash × size maps the hash evenly on the table, without a division. */
  static int index(long hash, int size) {
    return (int) Math.unsignedMultiplyHigh(hash, size);
  }

  /** The table as indexes in the candidates; as the constructor has it. */
  static int[] fill(String pool, List<Candidate> candidates, int size) {
    if (!BigInteger.valueOf(size).isProbablePrime(CERTAINTY)) {
      throw new IllegalArgumentException("the size of a table must be a prime, not " + size);
    }
    int count = candidates.size();
    if (count == 1) {
      // It takes every turn.
      return new int[size];
    }
    int[] position = new int[count];
    int[] skip = new int[count];
    ServerHash server = new ServerHash("maglev " + pool);
    for (int i = 0; i < count; i++) {
      ByteBuffer hash = server.of(candidates.get(i));
      position[i] = (int) Long.remainderUnsigned(hash.getLong(), size);
      skip[i] = (int) Long.remainderUnsigned(hash.getLong(), size - 1) + 1;
    }
    int[] filled = new int[size];
    Arrays.fill(filled, FREE);
    int free = size;
    PriorityQueue<Turn> turns = turns(candidates);
    while (true) {
      Turn turn = turns.poll();
      for (int i : turn.servers) {
        while (filled[position[i]] != FREE) {
          position[i] = next(position[i], skip[i], size);
        }
        filled[position[i]] = i;
        if (--free == 0) {
          return filled;
        }
      }
      turn.taken++;
      turns.add(turn);
    }
  }

  private static PriorityQueue<Turn> turns(List<Candidate> candidates) {
    return IntStream.range(0, candidates.size())
        .boxed()
        .collect(Collectors.groupingBy(i -> candidates.get(i).weight()))
        .entrySet()
        .stream()
        .map(each -> new Turn(each.getKey(), each.getValue()))
        .collect(Collectors.toCollection(PriorityQueue::new));
  }

  /** The next turn of the servers of one weight, which take theirs together. */
  private static final class Turn implements Comparable<Turn> {
    private final int weight;
    private final int[] servers;
    private int taken;

    Turn(int weight, List<Integer> servers) {
      this.weight = weight;
      this.servers = servers.stream().mapToInt(i -> i).toArray();
    }

    /** Compares fractions. Of those at the same time, the heaviest first. */
    @Override
    public int compareTo(Turn other) {
      int order = Long.compare(twice() * other.weight, other.twice() * weight);
      return order == 0 ? Integer.compare(other.weight, weight) : order;
    }

    /** The time of the turn, times the weight, times two. */
    private long twice() {
      return taken == 0 ? 0 : 2L * taken + 1;
    }
  }

  private static int next(int position, int skip, int size) {
    int next = position + skip;
    return next < size ? next : next - size;
  }
}
