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
    long hash = HASH.tuple(6, 1, 2, 3, 4);
    assertNotEquals(hash, HASH.tuple(17, 1, 2, 3, 4));
    assertNotEquals(hash, HASH.tuple(6, 9, 2, 3, 4));
    assertNotEquals(hash, HASH.tuple(6, 1, 9, 3, 4));
    assertNotEquals(hash, HASH.tuple(6, 1, 2, 9, 4));
    assertNotEquals(hash, HASH.tuple(6, 1, 2, 3, 9));
    assertNotEquals(hash, new FlowHash(1, 2).tuple(6, 1, 2, 3, 4));
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
