package io.headrace.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * The vectors are those of SipHash-1-3 in the Rust library (library/coretests/tests/hash/sip.rs):
 * key bytes 0 to 15, message bytes 0 to n - 1.
 */
class FlowHashTest {
  private static final FlowHash HASH = new FlowHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

  @Test
  void thirteenBytesHashAsTheReferenceDoes() {
    assertEquals(0x306f760c1229ffa7L, HASH.sipHash(0x0706050403020100L, 0x0d00000c0b0a0908L));
  }

  @Test
  void sevenBytesHashAsTheReferenceDoes() {
    assertEquals(0xd3927d989bb11140L, HASH.sipHash(0x0706050403020100L));
  }

  @Test
  void everyPartOfTheTupleCounts() {
    long hash = tuple(HASH, 6, 1, 2, 3, 4);
    assertNotEquals(hash, tuple(HASH, 17, 1, 2, 3, 4));
    assertNotEquals(hash, tuple(HASH, 6, 9, 2, 3, 4));
    assertNotEquals(hash, tuple(HASH, 6, 1, 9, 3, 4));
    assertNotEquals(hash, tuple(HASH, 6, 1, 2, 9, 4));
    assertNotEquals(hash, tuple(HASH, 6, 1, 2, 3, 9));
    assertNotEquals(hash, tuple(new FlowHash(1, 2), 6, 1, 2, 3, 4));
  }

  private static long tuple(
      FlowHash hash, int protocol, int addressA, int portA, int addressB, int portB) {
    return hash.tuple(new FlowTuple().ipv4(protocol, addressA, portA, addressB, portB));
  }

  @Test
  void thirtyTwoBytesHashAsTheReferenceDoes() {
    assertEquals(
        0x81157b6c16a7b60dL,
        HASH.addresses(
            0x0706050403020100L, 0x0f0e0d0c0b0a0908L, 0x1716151413121110L, 0x1f1e1d1c1b1a1918L));
  }

  @Test
  void everyPartOfTheTupleCountsOverIpv6() {
    long hash = tuple(HASH, 6, 1, 2, 3, 4, 5, 6);
    assertNotEquals(hash, tuple(HASH, 17, 1, 2, 3, 4, 5, 6));
    assertNotEquals(hash, tuple(HASH, 6, 9, 2, 3, 4, 5, 6));
    assertNotEquals(hash, tuple(HASH, 6, 1, 9, 3, 4, 5, 6));
    assertNotEquals(hash, tuple(HASH, 6, 1, 2, 9, 4, 5, 6));
    assertNotEquals(hash, tuple(HASH, 6, 1, 2, 3, 9, 5, 6));
    assertNotEquals(hash, tuple(HASH, 6, 1, 2, 3, 4, 9, 6));
    assertNotEquals(hash, tuple(HASH, 6, 1, 2, 3, 4, 5, 9));
    assertNotEquals(hash, tuple(new FlowHash(1, 2), 6, 1, 2, 3, 4, 5, 6));
  }

  private static long tuple(
      FlowHash hash,
      int protocol,
      long highA,
      long lowA,
      int portA,
      long highB,
      long lowB,
      int portB) {
    return hash.tuple(new FlowTuple().ipv6(hash, protocol, highA, lowA, portA, highB, lowB, portB));
  }

  @Test
  void clientsOfOneNetworkSpreadOverAllBuckets() {
    int[] counts = new int[FlowHash.BUCKETS];
    for (int client = 0; client < 1000 * FlowHash.BUCKETS; client++) {
      counts[HASH.bucket(6, 0x20010db800000000L, client, 40_000)]++;
    }
    for (int count : counts) {
      assertTrue(count > 800 && count < 1200, "flows in one bucket: " + count);
    }
  }

  @Test
  void portsOfOneClientSpreadOverAllBuckets() {
    int[] counts = new int[FlowHash.BUCKETS];
    for (int port = 0; port < 1000 * FlowHash.BUCKETS; port++) {
      counts[HASH.bucket(6, 0x0a000001, port)]++;
    }
    for (int count : counts) {
      assertTrue(count > 800 && count < 1200, "flows in one bucket: " + count);
    }
  }
}
