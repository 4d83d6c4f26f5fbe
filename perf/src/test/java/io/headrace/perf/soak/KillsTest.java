package io.headrace.perf.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headrace.testbed.Prerequisites;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The long run of that name, made short. */
@Tag("network")
class KillsTest {
  @Test
  void manyDownloadsAndShortConnectionsGoOnAcrossKills() {
    assumeTrue(Prerequisites.missing().isEmpty(), () -> Prerequisites.missing().toString());
    long seed = System.nanoTime();
    assertEquals(List.of(), new Kills(2, 40).run(new SplittableRandom(seed)), () -> "seed " + seed);
  }
}
