package io.headrace.conntrack;

import io.headrace.conntrack.FlowState.Phase;

/**
 * Finds a NAT port for a new flow. It looks at the bucket's ports in an order that an outsider
 * cannot foretell (after RFC 6056, algorithm 4: a keyed hash says where to begin and how far to
 * step), at each of them at most once. The order depends on the key and the flow alone, so that a
 * flow that is created anew after a restart tends to get its port back.
 */
final class PortSearch {
  static final int NONE = -1;

  private static final int MANY = 32;

  private final NatPorts ports;
  private final FlowHash hash;
  private final FlowRecords records;
  private final FlowIndex replies;

  PortSearch(NatPorts ports, FlowHash hash, FlowRecords records, FlowIndex replies) {
    this.ports = ports;
    this.hash = hash;
    this.records = records;
    this.replies = replies;
  }

  /**
   * A port that no live flow has towards this server. When many in a row are taken, so that nearly
   * all must be, a flow among those seen gives its port up: the one in quarantine that would end
   * first, or else the one that is opening. To look for the very oldest at every port would make a
   * flood dear.
   *
   * @return the port, or NONE when open flows have them all
   */
  int search(
      int bucket,
      int protocol,
      int clientAddress,
      int clientPort,
      long replyAddresses,
      int serverPort,
      long nowNs) {
    long order = hash.tuple(protocol, clientAddress, clientPort, (int) replyAddresses, serverPort);
    int step = (int) (order >>> 32) | 1;
    int count = ports.count(bucket);
    // An odd step visits every index below a power of two; those that are no port are passed over.
    int mask = Integer.highestOneBit(2 * count - 1) - 1;
    int victim = NONE;
    int taken = 0;
    for (int tried = 0, at = (int) order; tried <= mask; tried++, at += step) {
      int index = at & mask;
      if (index < count) {
        if (victim != NONE && taken >= MANY) {
          break;
        }
        int port = ports.port(bucket, index);
        int holder = replies.find(protocol, replyAddresses, FlowRecords.portPair(serverPort, port));
        if (holder == FlowIndex.NONE || records.deadlineNs(holder) - nowNs <= 0) {
          return port;
        }
        victim = rather(victim, holder);
        taken++;
      }
    }
    return victim == NONE ? NONE : records.natPort(victim);
  }

  private int rather(int victim, int other) {
    Phase phase = records.state(other).phase();
    if (phase == Phase.OPEN) {
      return victim;
    }
    if (victim == NONE) {
      return other;
    }
    if (phase != records.state(victim).phase()) {
      return phase == Phase.CLOSING ? other : victim;
    }
    return records.deadlineNs(other) - records.deadlineNs(victim) < 0 ? other : victim;
  }
}
