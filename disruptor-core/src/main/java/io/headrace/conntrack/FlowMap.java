package io.headrace.conntrack;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.hash.VanillaGlobalMutableState;
import net.openhft.chronicle.hash.VanillaGlobalMutableState$$Native;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.VanillaChronicleMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Chronicle Map of flows, and one entry of its own, under protocol 0: the key of the hash, the
 * capacity, and the boot in which it is open. They are in the map, not in a file beside it, because
 * flows are worth nothing under another key: what is lost or set aside is lost together.
 */
final class FlowMap implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlowMap.class);
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /** In place of the boot that a file is open in. */
  private static final int CLOSED = 0;

  private static final int HEADER_OFFSET = 12;
  private static final int SIZE_OFFSET = 8;

  /** Of the length of the header. */
  private static final int INCOMPLETE = 0x8000_0000;

  private static final int CACHE_LINE = 64;
  private static final int LARGEST_HEADER = 1 << 16;
  private static final String HEADER_START = "!net.openhft.chronicle.map.VanillaChronicleMap ";

  /**
   * How the messages begin that tell of bookkeeping alone. One that is missing here costs a
   * needless copy of the file.
   */
  private static final List<String> LEFT_BY_A_KILL =
      List.of("lock of segment", "wrong lowest free chunk", "Wrong number of entries counter");

  /** What the addresses of its flows are. Another length is another version of the file. */
  enum Family {
    IPV4(FlowValue.class, FlowValue.LENGTH, FlowValue::new, 0),
    IPV6(Ipv6FlowValue.class, Ipv6FlowValue.LENGTH, Ipv6FlowValue::new, FlowTuple.IPV6);

    private final Class<? extends FlowValue> valueClass;
    private final int valueLength;
    private final Supplier<FlowValue> values;
    private final int ofKind;

    Family(
        Class<? extends FlowValue> valueClass,
        int valueLength,
        Supplier<FlowValue> values,
        int ofKind) {
      this.valueClass = valueClass;
      this.valueLength = valueLength;
      this.values = values;
      this.ofKind = ofKind;
    }

    int valueLength() {
      return valueLength;
    }

    /** The kind in a {@link FlowTuple}, of a protocol. */
    int kind(int protocol) {
      return protocol | ofKind;
    }

    /** Without bytes as yet. */
    FlowValue newValue() {
      return values.get();
    }

    @SuppressWarnings("unchecked") // the map makes no other values than of this class
    private ChronicleMapBuilder<FlowKey, FlowValue> builder(int capacity) {
      return ChronicleMapBuilder.of(FlowKey.class, (Class<FlowValue>) valueClass)
          .name("flows")
          .entries(capacity + 1L)
          // Chronicle's own shutdown hook would close it under flows that are still forwarded.
          .skipCloseOnExitHook(true)
          .putReturnsNull(true)
          .removeReturnsNull(true);
    }
  }

  private final ChronicleMap<FlowKey, FlowValue> map;
  private final Family family;
  private final FlowEntries entries;

  /** What was found when it was opened; null when it has not been read, or no more. */
  private FlowAddresses found;

  private FlowMap(ChronicleMap<FlowKey, FlowValue> map, Family family) {
    this.map = map;
    this.family = family;
    this.entries = new FlowEntries(vanilla(), family);
  }

  /** Makes a new file. */
  static FlowMap create(Family family, Path path, int capacity, FlowHash hash) throws IOException {
    FlowMap flows = new FlowMap(family.builder(capacity).createPersistedTo(path.toFile()), family);
    FlowValue own = family.newValue();
    own.detach();
    own.set(hash.key0(), hash.key1(), capacity, currentBoot());
    flows.map.put(ownKey(), own);
    return flows;
  }

  /**
   * Opens a file that needs no recovery. Chronicle Map's own takes 4 µs for each entry.
   *
   * <p>What a killed process has written is whole, unless it held the lock of a segment when it was
   * killed. What a machine that lost its power has written may not be: the file says in which boot
   * it was last open. And whatever befell it, every entry has a checksum.
   *
   * @return empty when it must be recovered; nothing in it has changed then
   * @throws IOException when nothing can be recovered
   */
  static Optional<FlowMap> openIntact(Family family, Path path) throws IOException {
    int header = checkHeader(family, path);
    if ((header & INCOMPLETE) != 0 || !isPlausible(path, header)) {
      return Optional.empty();
    }
    long length = Files.size(path);
    FlowMap flows = null;
    try {
      flows = new FlowMap(family.builder(1).createPersistedTo(path.toFile()), family);
      if (flows.hasLength(length) && flows.find() && flows.isOfThisBoot()) {
        flows.own(currentBoot());
        return Optional.of(flows);
      }
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException | RuntimeException | InternalError | AssertionError e) {
      LOG.debug("flow file {} cannot be taken as it is", path, e);
    }
    if (flows != null) {
      flows.forgetFound();
      flows.map.close();
    }
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      // Chronicle Map adds what it misses.
      file.truncate(length);
    }
    return Optional.empty();
  }

  /**
   * Opens a file that a process may have left in the middle of a write: locks are cleared, counts
   * are put right, entries whose checksum is wrong are dropped. No other process may have it open.
   *
   * @param damage is run for each thing that is wrong beyond what a killed process leaves
   * @throws IOException when nothing can be recovered
   */
  static FlowMap recover(Family family, Path path, Runnable damage) throws IOException {
    int header = checkHeader(family, path);
    if ((header & INCOMPLETE) != 0) {
      // A process was killed while it recovered it. Chronicle Map would wait a minute for it.
      write(path, SIZE_OFFSET, header & ~INCOMPLETE);
    }
    FlowMap flows =
        new FlowMap(
            family
                .builder(1)
                .recoverPersistedTo(
                    path.toFile(),
                    false,
                    corruption -> {
                      if (LEFT_BY_A_KILL.stream().noneMatch(corruption.message()::startsWith)) {
                        damage.run();
                      }
                    }),
            family);
    if (flows.hash().isPresent()) {
      flows.own(currentBoot());
    }
    return flows;
  }

  ChronicleMap<FlowKey, FlowValue> map() {
    return map;
  }

  Family family() {
    return family;
  }

  /** Looks where its flows are, and whether it is right. */
  private boolean find() {
    found = new FlowAddresses();
    return entries.areRight(found::add);
  }

  private void forgetFound() {
    if (found != null) {
      found.close();
      found = null;
    }
  }

  /**
   * Has its flows wait, those of each bucket for one worker. To be called before the first flow is
   * put or removed.
   */
  void shareOut(List<WaitingFlows> workers) {
    if (found == null) {
      found = new FlowAddresses();
      entries.forEach(found::add);
    }
    for (int bucket = 0; bucket < FlowHash.BUCKETS; bucket++) {
      workers.get(bucket % workers.size()).add(this, bucket, found);
    }
    forgetFound();
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

  /** Whether the offsets in the file are such that no access can go beyond its end. */
  private boolean hasLength(long length) throws IOException {
    return vanilla().dataStoreSize() <= length && Files.size(map.file().toPath()) == length;
  }

  private VanillaChronicleMap<FlowKey, FlowValue, ?> vanilla() {
    return (VanillaChronicleMap<FlowKey, FlowValue, ?>) map;
  }

  /** Whether the machine has not gone down under it. */
  private boolean isOfThisBoot() {
    FlowValue own = map.get(ownKey());
    return own != null && (own.packetLimit() == CLOSED || own.packetLimit() == currentBoot());
  }

  /**
   * Says in which boot it is open. In step with the disk: were the power lost, what says that all
   * is well must not be there before, or after, all is.
   */
  private void own(int boot) {
    FlowValue own = map.get(ownKey());
    if (own.packetLimit() == boot) {
      return;
    }
    if (boot == CLOSED) {
      vanilla().msync();
    }
    own.set(own.addresses(), own.link(), own.ports(), boot);
    map.put(ownKey(), own);
    if (boot != CLOSED) {
      vanilla().msync();
    }
  }

  /** Not {@link #CLOSED}. */
  private static int currentBoot() {
    try {
      return Files.readString(BOOT_ID).hashCode() | 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Shows every flow. Key and value are valid during the call. */
  void forEach(BiConsumer<FlowKey, FlowValue> action) {
    entries.forEach(
        (key, value) -> {
          if (key.protocol() != 0) {
            action.accept(key, value);
          }
        });
  }

  @Override
  public void close() {
    forgetFound();
    if (hash().isPresent()) {
      own(CLOSED);
    }
    map.close();
  }

  private static FlowKey ownKey() {
    return FlowKey.detached();
  }

  /**
   * Chronicle Map would wait a minute for another process to complete a header that is not one. The
   * header is text, after eight bytes of its hash and four of its length, whose high bit is set
   * until the file is complete, and while it is recovered.
   *
   * @return the length, with that bit
   */
  private static int checkHeader(Family family, Path path) throws IOException {
    byte[] start = new byte[LARGEST_HEADER];
    int read;
    try (DataInputStream in = new DataInputStream(Files.newInputStream(path))) {
      read = in.readNBytes(start, 0, start.length);
    }
    if (read < HEADER_OFFSET) {
      throw new IOException("it is only " + read + " bytes long");
    }
    int word = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt(SIZE_OFFSET);
    int length = word & ~INCOMPLETE;
    if (length == 0 || length > read - HEADER_OFFSET) {
      throw new IOException("its header is incomplete");
    }
    String header = new String(start, HEADER_OFFSET, length, StandardCharsets.ISO_8859_1);
    if (!header.startsWith(HEADER_START) || !header.contains(FlowKey.class.getName())) {
      throw new IOException("it is no flow file");
    }
    if (!header.contains("constantSize: " + family.valueLength + "\n")) {
      throw new IOException("it is that of another version");
    }
    return word;
  }

  /**
   * Whether Chronicle Map's own numbers, which have no checksum, agree with the length of the file:
   * it would make the file as long as they say.
   */
  private static boolean isPlausible(Path path, int headerLength) throws IOException {
    long length = Files.size(path);
    long at =
        (HEADER_OFFSET + headerLength + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE + Long.BYTES;
    VanillaGlobalMutableState state = new VanillaGlobalMutableState$$Native();
    ByteBuffer bytes = ByteBuffer.allocate((int) state.maxSize());
    try (FileChannel file = FileChannel.open(path)) {
      if (file.read(bytes, at) < bytes.capacity()) {
        return false;
      }
    }
    state.bytesStore(BytesStore.wrap(bytes.flip()), 0, bytes.limit());
    return state.getAllocatedExtraTierBulks() == 0
        && state.getSegmentHeadersOffset() > 0
        && state.getSegmentHeadersOffset() < length
        && state.getDataStoreSize() <= length;
  }

  private static void write(Path path, long at, int value) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      file.write(bytes.putInt(value).flip(), at);
    }
  }
}
