package io.headrace.conntrack;

import io.headrace.conntrack.FlowState.Phase;

/**
 * What the flows of one bucket towards one server, from one NAT address, share: the NAT ports, and
 * the order in which flows that can be spared make room for others. Flows that are opening have at
 * most half of the ports, so that a flood neither uses them up nor takes those in quarantine.
 *
 * <p>Single reader and writer: the worker that owns the bucket.
 */
final class PortPool {
  private final NatPorts ports;
  private final int bucket;

  /** A bit for each port of the bucket, in their order; set while no flow has it. */
  private final long[] free;

  private int freePorts;
  private final FlowQueue opening;
  private final FlowQueue closing;

  PortPool(NatPorts ports, int bucket, FlowQueue.Links links) {
    this.ports = ports;
    this.bucket = bucket;
    this.freePorts = ports.count(bucket);
    this.free = new long[(freePorts + Long.SIZE - 1) / Long.SIZE];
    for (int index = 0; index < freePorts; index++) {
      free[index / Long.SIZE] |= 1L << index;
    }
    this.opening = new FlowQueue(links);
    this.closing = new FlowQueue(links);
  }

  int freePorts() {
    return freePorts;
  }

  /** How many flows may be opening at one time. */
  int mostOpening() {
    return ports.count(bucket) + 1 >>> 1;
  }

  /** How many flows are opening, or closing. */
  int size(Phase phase) {
    return queue(phase).size();
  }

  /** The flow that was longest without a frame, of those that are opening or closing, or NIL. */
  int oldest(Phase phase) {
    return queue(phase).oldest();
  }

  FlowQueue queue(Phase phase) {
    return phase == Phase.OPENING ? opening : closing;
  }

  /**
   * A port that no flow has, when there is one: the first from where a keyed hash says (RFC 6056,
   * algorithm 3), so that an outsider cannot foretell it, and a flow that comes anew tends to get
   * the one it had.
   *
   * @param order 64 bits that only who knows the key can tell
   */
  int freePort(long order) {
    int from = (int) Math.unsignedMultiplyHigh(order, ports.count(bucket));
    int at = from / Long.SIZE;
    long bits = free[at] & -1L << from;
    while (bits == 0) {
      at = at + 1 == free.length ? 0 : at + 1;
      bits = free[at];
    }
    return ports.port(bucket, at * Long.SIZE + Long.numberOfTrailingZeros(bits));
  }

  /** Takes a port that is free. */
  void take(int port) {
    int index = ports.index(port);
    free[index / Long.SIZE] &= ~(1L << index);
    freePorts--;
  }

  /** Gives back a port that is taken. */
  void give(int port) {
    int index = ports.index(port);
    free[index / Long.SIZE] |= 1L << index;
    freePorts++;
  }
}
