package io.headrace.conntrack;

import io.headrace.packet.IpAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * A keyed hash of a flow's tuple: SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input
 * PRF", 2012, in the variant with one compression and three finalisation rounds). Who does not know
 * the key cannot choose addresses and ports that collide in a table, that meet in one bucket, or
 * that foretell a NAT port. Immutable; any thread; allocates nothing.
 *
 * <p>Flows that outlive the process keep their bucket and their port only if the key outlives it
 * too: {@link FlowFile} keeps it.
 */
public final class FlowHash {
  /**
   * Into how many parts flows are divided; a power of two that never changes, whatever the count of
   * workers. The more there are, the less of the NAT ports is used when the first bucket has none
   * left: with 16, and the default range, 91 % and more.
   */
  public static final int BUCKETS = 16;

  private static final long TUPLE_LENGTH = 13;
  private static final long CLIENT_LENGTH = 7;
  private static final long ADDRESSES_LENGTH = 32;
  private static final long IPV6_CLIENT_LENGTH = 19;

  private final long key0;
  private final long key1;

  public FlowHash(long key0, long key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  /** With a key that nobody can guess. */
  public static FlowHash random() {
    SecureRandom random = new SecureRandom();
    return new FlowHash(random.nextLong(), random.nextLong());
  }

  /** With a key that everybody knows, for runs that must repeat exactly. */
  public static FlowHash fixed() {
    return new FlowHash(0, 0);
  }

  /** With a key that everybody knows who knows a name, so that machines agree. */
  public static FlowHash of(String name) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      ByteBuffer key = ByteBuffer.wrap(digest);
      return new FlowHash(key.getLong(), key.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FlowHash hash && hash.key0 == key0 && hash.key1 == key1;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(key0);
  }

  long key0() {
    return key0;
  }

  long key1() {
    return key1;
  }

  /**
   * The bucket of a flow, from its client's side alone.
   *
   * @return 0 to {@link #BUCKETS} - 1
   */
  public int bucket(int protocol, int clientAddress, int clientPort) {
    long message =
        Integer.toUnsignedLong(clientAddress) | (long) clientPort << 32 | (long) protocol << 48;
    return (int) sipHash(message | CLIENT_LENGTH << 56) & (BUCKETS - 1);
  }

  /** As {@link #bucket(int, int, int)}, over IPv6. */
  public int bucket(int protocol, long clientHigh, long clientLow, int clientPort) {
    long last = clientPort | (long) protocol << 16 | IPV6_CLIENT_LENGTH << 56;
    return (int) sipHash(clientHigh, clientLow, 0, 0, last) & (BUCKETS - 1);
  }

  /** The bucket of the flow of a frame from a client to a service. */
  int bucket(FlowTuple client) {
    return client.isIpv6()
        ? bucket(client.protocol(), client.sourceHigh(), client.sourceLow(), client.sourcePort())
        : bucket(client.protocol(), client.source(), client.sourcePort());
  }

  /** What stands for two addresses of IPv6. */
  long addresses(long highA, long lowA, long highB, long lowB) {
    return sipHash(highA, lowA, highB, lowB, ADDRESSES_LENGTH << 56);
  }

  /** What stands for two addresses in a record, and in a {@link FlowTuple}. */
  long addresses(boolean ipv6, IpAddress a, IpAddress b) {
    return ipv6
        ? addresses(a.high(), a.low(), b.high(), b.low())
        : FlowRecords.pair(a.ipv4(), b.ipv4());
  }

  /**
   * The hash of two end points that talk a protocol, as 13 bytes in this order: addresses, ports,
   * protocol.
   */
  public long tuple(FlowTuple tuple) {
    return tuple(tuple.kind(), tuple.addresses(), tuple.ports());
  }

  /** The same, of a key as it stands in a record. */
  long tuple(int kind, long addresses, int ports) {
    return sipHash(
        addresses, Integer.toUnsignedLong(ports) | (long) kind << 32 | TUPLE_LENGTH << 56);
  }

  /** Of a message of up to 7 bytes; its length stands in the top byte. */
  long sipHash(long last) {
    long v0 = key0 ^ 0x736f6d6570736575L;
    long v1 = key1 ^ 0x646f72616e646f6dL;
    long v2 = key0 ^ 0x6c7967656e657261L;
    long v3 = key1 ^ 0x7465646279746573L;
    return finish(v0, v1, v2, v3, last);
  }

  /** Of a message of 8 to 15 bytes; its length stands in the top byte of the last word. */
  long sipHash(long first, long last) {
    long v0 = key0 ^ 0x736f6d6570736575L;
    long v1 = key1 ^ 0x646f72616e646f6dL;
    long v2 = key0 ^ 0x6c7967656e657261L;
    long v3 = key1 ^ 0x7465646279746573L ^ first;
    v0 += v1;
    v2 += v3;
    v1 = Long.rotateLeft(v1, 13) ^ v0;
    v3 = Long.rotateLeft(v3, 16) ^ v2;
    v0 = Long.rotateLeft(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = Long.rotateLeft(v1, 17) ^ v2;
    v3 = Long.rotateLeft(v3, 21) ^ v0;
    v2 = Long.rotateLeft(v2, 32);
    return finish(v0 ^ first, v1, v2, v3, last);
  }

  /** Of a message of 32 bytes or less, and of what tells its length. */
  private long sipHash(long first, long second, long third, long fourth, long last) {
    long v0 = key0 ^ 0x736f6d6570736575L;
    long v1 = key1 ^ 0x646f72616e646f6dL;
    long v2 = key0 ^ 0x6c7967656e657261L;
    long v3 = key1 ^ 0x7465646279746573L;
    for (int word = 0; word < 4; word++) {
      long message = word < 2 ? word == 0 ? first : second : word == 2 ? third : fourth;
      v3 ^= message;
      v0 += v1;
      v2 += v3;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 = Long.rotateLeft(v2, 32);
      v0 ^= message;
    }
    return finish(v0, v1, v2, v3, last);
  }

  private static long finish(long v0, long v1, long v2, long v3, long last) {
    v3 ^= last;
    for (int round = 0; round < 4; round++) {
      v0 += v1;
      v2 += v3;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 = Long.rotateLeft(v2, 32);
      if (round == 0) {
        v0 ^= last;
        v2 ^= 0xff;
      }
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
