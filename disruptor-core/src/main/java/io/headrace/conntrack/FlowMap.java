package io.headrace.conntrack;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;

/**
 * A Chronicle Map of flows, and one entry of its own, under protocol 0: the key of the hash and the
 * capacity. They are in the map, not in a file beside it, because flows are worth nothing under
 * another key: what is lost or set aside is lost together.
 */
final class FlowMap implements AutoCloseable {
  private static final int HEADER_OFFSET = 12;
  private static final int SIZE_OFFSET = 8;
  private static final int LARGEST_HEADER = 1 << 16;
  private static final String HEADER_START = "!net.openhft.chronicle.map.VanillaChronicleMap ";
  private static final String VALUE_LENGTH = "constantSize: " + FlowValue.LENGTH + "\n";

  /**
   * How the messages begin that tell of bookkeeping alone. One that is missing here costs a
   * needless copy of the file.
   */
  private static final List<String> LEFT_BY_A_KILL =
      List.of("lock of segment", "wrong lowest free chunk", "Wrong number of entries counter");

  private final ChronicleMap<FlowKey, FlowValue> map;

  private FlowMap(ChronicleMap<FlowKey, FlowValue> map) {
    this.map = map;
  }

  /** Makes a new file. */
  static FlowMap create(Path path, int capacity, FlowHash hash) throws IOException {
    FlowMap flows = new FlowMap(builder(capacity).createPersistedTo(path.toFile()));
    FlowValue own = FlowValue.detached();
    own.set(hash.key0(), hash.key1(), capacity, 0);
    flows.map.put(ownKey(), own);
    return flows;
  }

  /**
   * Opens a file that a process may have left in the middle of a write: locks are cleared, counts
   * are put right, entries whose checksum is wrong are dropped. No other process may have it open.
   *
   * @param damage is run for each thing that is wrong beyond what a killed process leaves
   * @throws IOException when nothing can be recovered
   */
  static FlowMap recover(Path path, Runnable damage) throws IOException {
    checkHeader(path);
    return new FlowMap(
        builder(1)
            .recoverPersistedTo(
                path.toFile(),
                false,
                corruption -> {
                  if (LEFT_BY_A_KILL.stream().noneMatch(corruption.message()::startsWith)) {
                    damage.run();
                  }
                }));
  }

  ChronicleMap<FlowKey, FlowValue> map() {
    return map;
  }

  /** The key that buckets and NAT ports of these flows were made with; empty when it was lost. */
  Optional<FlowHash> hash() {
    return Optional.ofNullable(map.get(ownKey()))
        .map(own -> new FlowHash(own.addresses(), own.link()));
  }

  /** For how many flows the file was made. */
  int capacity() {
    return map.get(ownKey()).ports();
  }

  /** Shows every flow. Key and value are valid during the call. */
  void forEach(BiConsumer<FlowKey, FlowValue> action) {
    map.forEachEntry(
        entry -> {
          if (entry.key().get().protocol() != 0) {
            action.accept(entry.key().get(), entry.value().get());
          }
        });
  }

  @Override
  public void close() {
    map.close();
  }

  private static ChronicleMapBuilder<FlowKey, FlowValue> builder(int capacity) {
    return ChronicleMapBuilder.of(FlowKey.class, FlowValue.class)
        .name("flows")
        .entries(capacity + 1L)
        // Chronicle's own shutdown hook would close it under flows that are still being forwarded.
        .skipCloseOnExitHook(true)
        .putReturnsNull(true)
        .removeReturnsNull(true);
  }

  private static FlowKey ownKey() {
    return FlowKey.detached();
  }

  /**
   * Chronicle Map would wait a minute for another process to complete a header that is not one. The
   * header is text, after eight bytes of its hash and four of its length, whose high bit is set
   * until it is complete.
   */
  private static void checkHeader(Path path) throws IOException {
    byte[] start = new byte[LARGEST_HEADER];
    int read;
    try (DataInputStream in = new DataInputStream(Files.newInputStream(path))) {
      read = in.readNBytes(start, 0, start.length);
    }
    if (read < HEADER_OFFSET) {
      throw new IOException("it is only " + read + " bytes long");
    }
    int length = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt(SIZE_OFFSET);
    if (length <= 0 || length > read - HEADER_OFFSET) {
      throw new IOException("its header is incomplete");
    }
    String header = new String(start, HEADER_OFFSET, length, StandardCharsets.ISO_8859_1);
    if (!header.startsWith(HEADER_START) || !header.contains(FlowKey.class.getName())) {
      throw new IOException("it is no flow file");
    }
    if (!header.contains(VALUE_LENGTH)) {
      throw new IOException("it is that of another version");
    }
  }
}
