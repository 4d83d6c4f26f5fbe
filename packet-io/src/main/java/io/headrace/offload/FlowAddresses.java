package io.headrace.offload;

/**
 * The new addresses of a direction of IPv6, which has {@link FlowEntry} for the rest: at the same
 * index of an array of its own, so that flows of IPv4 need no more than their cache line.
 *
 * <pre>
 *    0                 16                     32
 *   +-----------------+----------------------+
 *   | new source      | new destination      |
 *   +-----------------+----------------------+
 * </pre>
 */
final class FlowAddresses {
  static final int SOURCE = 0;
  static final int DESTINATION = 16;
  static final int LENGTH = 32;

  private FlowAddresses() {}
}
