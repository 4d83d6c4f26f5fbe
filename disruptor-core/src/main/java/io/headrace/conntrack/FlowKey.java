package io.headrace.conntrack;

/**
 * The key of a flow in its file: the client's side. Protocol 0 is the file's own entry.
 *
 * <pre>
 *    0                 8        12       16
 *   +-----------------+--------+--------+
 *   | client, service | ports  |protocol|    as in {@link FlowRecords}
 *   +-----------------+--------+--------+
 * </pre>
 */
final class FlowKey extends FlowBytes {
  private static final int ADDRESSES = 0;
  private static final int PORTS = 8;
  static final int PROTOCOL = 12;

  /** Of a key. */
  static final int LENGTH = 16;

  /** Over bytes of its own. */
  static FlowKey detached() {
    FlowKey key = new FlowKey();
    key.detach();
    return key;
  }

  @Override
  public long maxSize() {
    return LENGTH;
  }

  void set(long addresses, int ports, int protocol) {
    int64(ADDRESSES, addresses);
    int32(PORTS, ports);
    int32(PROTOCOL, protocol);
  }

  long addresses() {
    return int64(ADDRESSES);
  }

  int ports() {
    return int32(PORTS);
  }

  int protocol() {
    return int32(PROTOCOL);
  }
}
