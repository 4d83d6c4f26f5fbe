package io.headrace.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Timeouts;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OneWayFlowsTest {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int ACK = 0x10;
  private static final int FIN = 0x01;
  private static final long SECOND = 1_000_000_000L;

  /** A monotonic clock may be negative. */
  private static final long START = -5 * SECOND;

  private final Count count = new Count();
  private final OneWayFlows flows = new OneWayFlows(1000, Timeouts.DEFAULT, count);
  private final SplittableRandom random = new SplittableRandom(7);

  private static final class Count implements FlowListener {
    private int opened;
    private int restored;
    private int current;

    @Override
    public void flowOpened(int serverId, int serviceId) {
      opened++;
      current++;
    }

    @Override
    public void flowRestored(int serverId, int serviceId) {
      restored++;
      current++;
    }

    @Override
    public void flowClosed(int serverId, int serviceId) {
      current--;
    }
  }

  @AfterEach
  void close() {
    flows.close();
  }

  @Test
  void aFlowIsFoundWithItsServerUntilItsTimeIsOver() {
    flows.add(42, TCP, 4_000_000, 60_000, true, START);
    int flow = flows.find(42, START + 100 * SECOND);
    assertEquals(4_000_000, flows.serverId(flow));
    assertEquals(OneWayFlows.NONE, flows.find(43, START));

    flows.track(flow, TCP, ACK, START + 100 * SECOND);
    assertEquals(flow, flows.find(42, START + 2 * 3600 * SECOND));
    assertEquals(OneWayFlows.NONE, flows.find(42, START + 3 * 3600 * SECOND));
    assertEquals(0, count.current);
  }

  @Test
  void whatNobodyLooksForExpiresByItself() {
    for (int i = 0; i < 100; i++) {
      flows.add(random.nextLong(), UDP, 1, 1, true, START);
    }
    long now = START;
    for (int i = 0; i < 1000; i++) {
      flows.expire(now += SECOND / 2);
    }
    assertEquals(100, count.opened);
    assertEquals(0, count.current);
  }

  @Test
  void theClientsFinEndsAConnectionThatStillHasItsServer() {
    flows.add(42, TCP, 3, 1, true, START);
    int flow = flows.find(42, START);
    flows.track(flow, TCP, ACK, START);
    flows.track(flow, TCP, ACK | FIN, START);
    flows.track(flow, TCP, ACK, START);
    assertEquals(0, count.current);
    assertTrue(flows.isClosing(flow));
    assertEquals(3, flows.serverId(flows.find(42, START + SECOND)));
  }

  @Test
  void aFloodPushesNoOpenFlowOutAndIsCounted() {
    long[] open = random.longs(200).toArray();
    int kept = 0;
    for (long hash : open) {
      flows.add(hash, TCP, 5, 1, false, START);
      int flow = flows.find(hash, START);
      if (flow != OneWayFlows.NONE) {
        flows.track(flow, TCP, ACK, START);
        kept++;
      }
    }
    assertTrue(kept > 190, "kept: " + kept);
    for (int i = 0; i < 100_000; i++) {
      flows.add(random.nextLong(), TCP, 6, 1, true, START + SECOND);
    }
    int left = 0;
    for (long hash : open) {
      left += flows.find(hash, START + 2 * SECOND) == OneWayFlows.NONE ? 0 : 1;
    }
    assertEquals(kept, left);
    assertEquals(100_000, count.opened);
    assertEquals(kept, count.restored);
    assertNotEquals(0, count.current);
    assertTrue(count.current <= 1024, "current: " + count.current);
  }

  @Test
  void anIdBeyondWhatFitsIsNotMistakenForAnother() {
    flows.add(42, TCP, 1 << 22, 1, true, START);
    flows.add(43, TCP, 1, 1 << 16, true, START);
    assertEquals(OneWayFlows.NONE, flows.find(42, START));
    assertEquals(OneWayFlows.NONE, flows.find(43, START));
    assertEquals(2, count.opened);
    assertEquals(0, count.current);
  }
}
