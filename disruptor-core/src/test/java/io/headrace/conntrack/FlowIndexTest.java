package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.TCP;
import static io.headrace.conntrack.Fixture.UDP;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The table against a map of the Java library, through a long random run of everything that moves
 * entries.
 */
class FlowIndexTest {
  private record Key(int protocol, int address, int port) {}

  @Test
  void theTableAgreesWithAMapThroughChurn() {
    Random random = new Random(1);
    Map<Key, Integer> expected = new HashMap<>();
    try (Fixture fixture = new Fixture(new Limits(512, 10_000, 0), Fixture.ports(10_000, 32_767))) {
      for (int step = 0; step < 200_000; step++) {
        Key key = new Key(random.nextBoolean() ? TCP : UDP, random.nextInt(30), random.nextInt(20));
        int flow = fixture.find(key.protocol(), key.address(), key.port());
        assertEquals(expected.getOrDefault(key, Conntrack.NONE), flow);
        if (flow != Conntrack.NONE) {
          assertEquals(flow, fixture.findReply(key.protocol(), fixture.table.natPort(flow)));
          fixture.table.remove(flow);
          expected.remove(key);
        } else if (expected.size() < 256) {
          expected.put(key, fixture.create(key.protocol(), key.address(), key.port()));
        }
        assertEquals(expected.size(), fixture.table.size());
      }
    }
  }
}
