package io.headrace.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import net.openhft.chronicle.map.VanillaChronicleMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlowEntriesTest {
  private static final int CAPACITY = 1000;

  @TempDir private Path directory;

  @Test
  void entriesAreSeenAsChronicleMapSeesThem() throws IOException {
    try (FlowMap flows = FlowMap.create(directory.resolve("flows"), CAPACITY, FlowHash.random())) {
      VanillaChronicleMap<FlowKey, FlowValue, ?> map =
          (VanillaChronicleMap<FlowKey, FlowValue, ?>) flows.map();
      for (int port = 0; port < CAPACITY; port++) {
        put(map, port);
      }
      FlowEntries entries = new FlowEntries(map);
      assertTrue(entries.areSound() && entries.areRight());
      assertEquals(iterated(map), seen(entries));
    }
  }

  @Test
  void aSegmentThatHasOverflowedIsSeenWhole() throws IOException {
    try (FlowMap flows = FlowMap.create(directory.resolve("flows"), CAPACITY, FlowHash.random())) {
      VanillaChronicleMap<FlowKey, FlowValue, ?> map =
          (VanillaChronicleMap<FlowKey, FlowValue, ?>) flows.map();
      for (int port = 0; !map.hasExtraTierBulks(); port++) {
        put(map, port);
      }
      FlowEntries entries = new FlowEntries(map);
      assertFalse(entries.areSound());
      assertEquals(iterated(map), seen(entries));
    }
  }

  private static void put(VanillaChronicleMap<FlowKey, FlowValue, ?> map, int port) {
    FlowKey key = FlowKey.detached();
    key.set(Long.MIN_VALUE + port, port, Conntrack.TCP);
    FlowValue value = FlowValue.detached();
    value.set(~port, ~port, ~port, port);
    map.put(key, value);
  }

  private static Set<String> iterated(VanillaChronicleMap<FlowKey, FlowValue, ?> map) {
    Set<String> entries = new TreeSet<>();
    map.forEachEntry(entry -> entries.add(text(entry.key().get(), entry.value().get())));
    return entries;
  }

  private static Set<String> seen(FlowEntries entries) {
    Set<String> seen = new TreeSet<>();
    entries.forEach((key, value) -> assertTrue(seen.add(text(key, value))));
    return seen;
  }

  private static String text(FlowKey key, FlowValue value) {
    return "%x %x %d: %x %x %x %d"
        .formatted(
            key.addresses(),
            key.ports(),
            key.protocol(),
            value.addresses(),
            value.link(),
            value.ports(),
            value.packetLimit());
  }
}
