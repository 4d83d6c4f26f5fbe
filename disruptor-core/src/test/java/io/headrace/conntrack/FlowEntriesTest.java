package io.headrace.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.conntrack.FlowMap.Family;
import io.headrace.conntrack.FlowRecords.End;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import net.openhft.chronicle.hash.impl.BigSegmentHeader;
import net.openhft.chronicle.map.VanillaChronicleMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FlowEntriesTest {
  private static final int CAPACITY = 1000;

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource
  void entriesAreSeenAsChronicleMapSeesThem(Family family) throws IOException {
    try (FlowMap flows =
        FlowMap.create(family, directory.resolve("flows"), CAPACITY, FlowHash.random())) {
      VanillaChronicleMap<FlowKey, FlowValue, ?> map =
          (VanillaChronicleMap<FlowKey, FlowValue, ?>) flows.map();
      for (int port = 0; port < CAPACITY; port++) {
        put(map, family, port);
      }
      FlowEntries entries = new FlowEntries(map, family);
      Set<Long> addresses = new HashSet<>();
      assertTrue(entries.areRight(addresses::add));
      // With the file's own.
      assertEquals(CAPACITY + 1, addresses.size());
      assertEquals(iterated(map), seen(entries));
      long header = map.segmentHeaderAddress(0);
      long count = BigSegmentHeader.INSTANCE.entries(header);
      BigSegmentHeader.INSTANCE.entries(header, count + 1);
      assertFalse(entries.areRight(_ -> {}), "one is missing");
      BigSegmentHeader.INSTANCE.entries(header, count);
      long chunks = map.actualChunksPerSegmentTier;
      map.actualChunksPerSegmentTier = 1;
      assertFalse(entries.areRight(_ -> {}), "slots lead beyond the end");
      map.actualChunksPerSegmentTier = chunks;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSegmentThatHasOverflowedIsSeenWhole(Family family) throws IOException {
    try (FlowMap flows =
        FlowMap.create(family, directory.resolve("flows"), CAPACITY, FlowHash.random())) {
      VanillaChronicleMap<FlowKey, FlowValue, ?> map =
          (VanillaChronicleMap<FlowKey, FlowValue, ?>) flows.map();
      for (int port = 0; !map.hasExtraTierBulks(); port++) {
        put(map, family, port);
      }
      FlowEntries entries = new FlowEntries(map, family);
      assertFalse(entries.areRight(_ -> {}));
      assertEquals(iterated(map), seen(entries));
    }
  }

  private static void put(VanillaChronicleMap<FlowKey, FlowValue, ?> map, Family family, int port) {
    FlowKey key = FlowKey.detached();
    key.set(Long.MIN_VALUE + port, port, Conntrack.TCP);
    FlowValue value = family.newValue();
    value.detach();
    value.set(~port, ~port, ~port, port);
    if (value instanceof Ipv6FlowValue ipv6) {
      ipv6.address(End.NAT, port, ~port);
    }
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
    return "%x %x %d: %x %x %x %d %s"
        .formatted(
            key.addresses(),
            key.ports(),
            key.protocol(),
            value.addresses(),
            value.link(),
            value.ports(),
            value.packetLimit(),
            value instanceof Ipv6FlowValue ipv6 ? ipv6.address(End.NAT) : "");
  }
}
