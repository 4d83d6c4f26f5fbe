package io.headrace.conntrack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.openhft.chronicle.hash.VanillaGlobalMutableState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlowBytesTest {
  private static final int COUNTERS_LENGTH = 25;

  /** Each as large as its field takes, all bytes different. */
  private static final List<Counter> COUNTERS =
      List.of(
          new Counter("AllocatedExtraTierBulks", int.class, 0xf1f2f3),
          new Counter("FirstFreeTierIndex", long.class, 0xe1e2e3e4e5L),
          new Counter("ExtraTiersInUse", long.class, 0xd1d2d3d4d5L),
          new Counter("SegmentHeadersOffset", long.class, 0xc1c2c3c4L),
          new Counter("DataStoreSize", long.class, 0x71b2b3b4b5b6b7b8L));

  private record Counter(String name, Class<?> type, Number value) {}

  @TempDir private Path directory;

  @Test
  void writingAndRemovingFlowsAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long leastPerRound = Long.MAX_VALUE;
    try (FlowFile file = FlowFile.open(directory.resolve("flows"), 1000, FlowHash.fixed());
        Fixture fixture = new Fixture(file)) {
      FlowStore store = file.store(Fixture.ARM_IDS);
      int flow = fixture.established(Fixture.CLIENT, 1);
      for (int round = 0; round < 100; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 500; i++) {
          assertTrue(store.put(fixture.table, flow));
          assertTrue(store.remove(fixture.table, flow));
        }
        leastPerRound = Math.min(leastPerRound, threads.getCurrentThreadAllocatedBytes() - before);
      }
    }
    assertTrue(leastPerRound < 500, "bytes for 500 flows, once compiled: " + leastPerRound);
  }

  /** The layout is Chronicle Map's to choose: a newer version may want another. */
  @Test
  void theCountersOfAMapLieWhereChronicleWouldPutThem() throws Exception {
    List<URL> libraries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (entry.endsWith(".jar") && !entry.contains("headrace-disruptor-core")) {
        libraries.add(Path.of(entry).toUri().toURL());
      }
    }
    try (URLClassLoader chronicleAlone =
        new URLClassLoader(libraries.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Class<?> generated = counters(chronicleAlone);
      Class<?> ours = counters(getClass().getClassLoader());
      assertEquals(generated.getName(), ours.getName());
      assertNotEquals(generated, ours);
      assertArrayEquals(bytes(generated), bytes(ours));
    }
  }

  /** The class that Chronicle Values finds or makes where these classes are. */
  private static Class<?> counters(ClassLoader loader) throws Exception {
    return (Class<?>)
        loader
            .loadClass("net.openhft.chronicle.values.Values")
            .getMethod("nativeClassFor", Class.class)
            .invoke(null, loader.loadClass(VanillaGlobalMutableState.class.getName()));
  }

  /** What its setters write, and its getters must find. */
  private static byte[] bytes(Class<?> counters) throws Exception {
    Class<?> storeType =
        counters.getClassLoader().loadClass("net.openhft.chronicle.bytes.BytesStore");
    Object store = storeType.getMethod("wrap", byte[].class).invoke(null, new byte[32]);
    Object state = counters.getConstructor().newInstance();
    counters
        .getMethod("bytesStore", storeType, long.class, long.class)
        .invoke(state, store, 1, COUNTERS_LENGTH);
    for (Counter counter : COUNTERS) {
      counters.getMethod("set" + counter.name(), counter.type()).invoke(state, counter.value());
    }
    for (Counter counter : COUNTERS) {
      assertEquals(counter.value(), counters.getMethod("get" + counter.name()).invoke(state));
    }
    byte[] bytes = new byte[32];
    Method read = storeType.getMethod("readByte", long.class);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) read.invoke(store, (long) i);
    }
    return bytes;
  }
}
