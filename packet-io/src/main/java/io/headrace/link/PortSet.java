package io.headrace.link;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A set of TCP and UDP port numbers; immutable. Its text is the kernel's (ip-sysctl,
 * ip_local_reserved_ports): ports and ranges in order, as in {@code 1000-2000,3000}.
 */
public final class PortSet {
  public static final PortSet EMPTY = new PortSet(new BitSet());

  private static final int HIGHEST = 65535;

  private final BitSet ports;

  private PortSet(BitSet ports) {
    this.ports = ports;
  }

  /**
   * @param first the lowest port
   * @param last the highest, itself in the set
   */
  public static PortSet range(int first, int last) {
    if (first < 0 || last > HIGHEST || first > last) {
      throw new IllegalArgumentException("no range of ports: " + first + "-" + last);
    }
    BitSet ports = new BitSet();
    ports.set(first, last + 1);
    return new PortSet(ports);
  }

  public static PortSet of(IntStream ports) {
    BitSet set = new BitSet();
    ports.forEach(set::set);
    if (set.length() > HIGHEST + 1) {
      throw new IllegalArgumentException("no port: " + (set.length() - 1));
    }
    return new PortSet(set);
  }

  /**
   * @throws IllegalArgumentException when the text is no list of ports; the message says which part
   */
  public static PortSet parse(String text) {
    PortSet result = EMPTY;
    for (String part : text.strip().isEmpty() ? new String[0] : text.strip().split(",", -1)) {
      String[] ends = part.strip().split("-", 2);
      try {
        int first = Integer.parseInt(ends[0]);
        result = result.plus(range(first, ends.length == 1 ? first : Integer.parseInt(ends[1])));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("no port or range of ports: \"" + part + "\"", e);
      }
    }
    return result;
  }

  public boolean contains(int port) {
    return ports.get(port);
  }

  public boolean isEmpty() {
    return ports.isEmpty();
  }

  /** How many ports there are. */
  public int size() {
    return ports.cardinality();
  }

  /** The ports, lowest first. */
  public IntStream stream() {
    return ports.stream();
  }

  /** The ports, for the caller to keep. */
  public BitSet toBitSet() {
    return (BitSet) ports.clone();
  }

  public PortSet plus(PortSet others) {
    BitSet result = toBitSet();
    result.or(others.ports);
    return new PortSet(result);
  }

  public PortSet minus(PortSet others) {
    BitSet result = toBitSet();
    result.andNot(others.ports);
    return new PortSet(result);
  }

  /** The ranges that make the set up, as "first-last" or a single port; as few as there can be. */
  List<String> ranges() {
    List<String> ranges = new ArrayList<>();
    for (int first = ports.nextSetBit(0); first >= 0; ) {
      int last = ports.nextClearBit(first) - 1;
      ranges.add(first == last ? String.valueOf(first) : first + "-" + last);
      first = ports.nextSetBit(last + 1);
    }
    return ranges;
  }

  @Override
  public String toString() {
    return ranges().stream().collect(Collectors.joining(","));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PortSet set && ports.equals(set.ports);
  }

  @Override
  public int hashCode() {
    return ports.hashCode();
  }
}
