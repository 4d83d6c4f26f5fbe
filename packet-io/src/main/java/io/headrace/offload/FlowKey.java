package io.headrace.offload;

/**
 * The key of one direction of a flow: source, destination, the two ports as in the frame, and the
 * protocol in this machine's order.
 *
 * <pre>
 *    0        4             8       10            12         16
 *   +--------+-------------+-------+-------------+----------+
 *   | source | destination | sport | destination | protocol |
 *   |        |             |       | port        |          |
 *   +--------+-------------+-------+-------------+----------+
 * </pre>
 */
final class FlowKey {
  static final int SOURCE = 0;
  static final int DESTINATION = 4;
  static final int SOURCE_PORT = 8;
  static final int DESTINATION_PORT = 10;
  static final int PROTOCOL = 12;
  static final int LENGTH = 16;

  private FlowKey() {}
}
