package io.headrace.registry;

import io.headrace.config.Address;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Weighted Maglev hashing: a lookup table in which every server holds a share of the entries that
 * is its share of the weights, and in which few entries change hands when servers come and go.
 *
 * <p>Each server walks the table in an order of its own, its <em>permutation</em>, and the servers
 * take turns to claim the next entry that is free. A weight makes the turns of a server more
 * frequent: in each round the heaviest takes one, and a server of half that weight takes one in
 * two. The permutation comes from a hash of the server's address that is keyed with the name of the
 * pool, and turns are taken in the order of the addresses. So the table is the same on every
 * machine that has the same pool, whatever the order in its file, and two pools over the same
 * machines differ.
 *
 * <p>Source: Eisenbud et al., <em>Maglev: A Fast and Reliable Software Network Load Balancer</em>,
 * NSDI 2016, section 3.4.
 */
public final class Maglev implements Scheduler {
  /** The small table of the paper (section 5.3): a prime, and 256 KiB per pool. */
  public static final int DEFAULT_TABLE_SIZE = 65537;

  private static final int CERTAINTY = 50;

  private final int[] table;

  /** A table of {@link #DEFAULT_TABLE_SIZE}. */
  public Maglev(String pool, List<Server> servers) {
    this(pool, servers, DEFAULT_TABLE_SIZE);
  }

  /**
   * @param pool keys the hash
   * @param servers that may take flows; one of weight 0 takes none
   * @param tableSize a prime, much larger than the number of servers (the paper: a hundred times
   *     keeps shares within 1 %)
   * @throws IllegalArgumentException when the size is no prime: a permutation would not reach every
   *     entry, and the table would never be full
   */
  public Maglev(String pool, List<Server> servers, int tableSize) {
    if (!BigInteger.valueOf(tableSize).isProbablePrime(CERTAINTY)) {
      throw new IllegalArgumentException("the size of a table must be a prime, not " + tableSize);
    }
    List<Server> members =
        servers.stream()
            .filter(server -> server.weight() > 0)
            .sorted(Comparator.comparing(server -> Address.format(server.address())))
            .toList();
    table = members.isEmpty() ? new int[0] : fill(pool, members, tableSize);
  }

  @Override
  public int choose(long flowHash) {
    // The high word of hash × size maps the hash evenly on the table, without a division.
    return table.length == 0
        ? NONE
        : table[(int) Math.unsignedMultiplyHigh(flowHash, table.length)];
  }

  /** How many entries of the table each server id holds; the index is the id. */
  int[] entriesPerId() {
    int[] entries = new int[Arrays.stream(table).max().orElse(NONE) + 1];
    for (int id : table) {
      entries[id]++;
    }
    return entries;
  }

  private static int[] fill(String pool, List<Server> members, int size) {
    int count = members.size();
    int[] position = new int[count];
    int[] skip = new int[count];
    permutations(pool, members, size, position, skip);
    int[] weight = members.stream().mapToInt(Server::weight).toArray();
    int heaviest = Arrays.stream(weight).max().orElseThrow();
    // A turn costs the heaviest weight. The first is paid for, so that each server gets an entry.
    int[] credit = Arrays.stream(weight).map(each -> heaviest - each).toArray();
    int[] filled = new int[size];
    Arrays.fill(filled, NONE);
    int free = size;
    while (true) {
      for (int i = 0; i < count; i++) {
        credit[i] += weight[i];
        if (credit[i] < heaviest) {
          continue;
        }
        credit[i] -= heaviest;
        while (filled[position[i]] != NONE) {
          position[i] = next(position[i], skip[i], size);
        }
        filled[position[i]] = members.get(i).id();
        if (--free == 0) {
          return filled;
        }
      }
    }
  }

  private static void permutations(
      String pool, List<Server> members, int size, int[] position, int[] skip) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(
          new SecretKeySpec(("maglev " + pool).getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      for (int i = 0; i < members.size(); i++) {
        String address = Address.format(members.get(i).address());
        ByteBuffer hash = ByteBuffer.wrap(mac.doFinal(address.getBytes(StandardCharsets.UTF_8)));
        position[i] = (int) Long.remainderUnsigned(hash.getLong(), size);
        skip[i] = (int) Long.remainderUnsigned(hash.getLong(), size - 1) + 1;
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  private static int next(int position, int skip, int size) {
    int next = position + skip;
    return next < size ? next : next - size;
  }
}
