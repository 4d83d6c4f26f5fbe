package io.headrace.conntrack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable copy of all workers' flows, and of the key of their hash: a memory-mapped Chronicle
 * Map, so that what was written stays when the process is killed. One process at a time.
 *
 * <p>A start: {@link #open}, tables with {@link #hash} and a {@link #store} each, {@link #restore}
 * into them, then the first frame. Recovery must come first, as a new flow could otherwise take the
 * NAT port of one that waits in the file.
 *
 * <p>A damaged file never stops a start. It is renamed and said in the log; the flows in it whose
 * checksums are right go on.
 */
public final class FlowFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlowFile.class);

  /** To write one takes seconds. */
  private static final long LARGE = 500_000_000;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS").withZone(ZoneOffset.UTC);

  /**
   * What became of the flows in a file.
   *
   * @param restored how many go on
   * @param dropped how many nobody wanted
   */
  public record Recovery(int restored, int dropped) {}

  private final FlowFileLock lock;
  private final FlowMap flows;
  private final FlowHash hash;

  private FlowFile(FlowFileLock lock, FlowMap flows) {
    this.lock = lock;
    this.flows = flows;
    this.hash = flows.hash().orElseThrow();
  }

  /**
   * Opens the file, or makes it. One of another capacity is copied into a new one.
   *
   * @param capacity how many flows fit, over all workers
   * @param hash of a file that is made; one that is there has its own
   * @throws FlowFileException when another process has it, or it can be neither read nor made
   */
  public static FlowFile open(Path path, int capacity, FlowHash hash) {
    try {
      FlowFileLock lock = FlowFileLock.take(path);
      try {
        return new FlowFile(lock, map(path, capacity, hash));
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new FlowFileException("cannot use flow file " + path + ": " + reason(path, e), e);
    }
  }

  private static String reason(Path path, IOException e) {
    return switch (e) {
      case NoSuchFileException _ when Files.isDirectory(path.toAbsolutePath().getParent()) ->
          "no file can be made there";
      case NoSuchFileException _ -> "there is no such directory";
      case AccessDeniedException _ -> "permission denied";
      default -> e.getMessage();
    };
  }

  /** The hash that the flows in the file were made with. */
  public FlowHash hash() {
    return hash;
  }

  /**
   * A way to write for one worker.
   *
   * @param armIds 16 bits for each arm, which stand for it in the file: another process may have
   *     its arms in another order
   */
  public FlowStore store(int[] armIds) {
    return new ChronicleFlowStore(flows.map(), armIds);
  }

  /**
   * Shows every flow in the file to the caller, who gives it to the table that owns its bucket.
   *
   * @param wanted false for a flow that cannot go on, as its service or its server is no longer
   *     configured: it is removed from the file
   */
  public Recovery restore(Predicate<StoredFlow> wanted) {
    List<FlowKey> dropped = new ArrayList<>();
    AtomicInteger restored = new AtomicInteger();
    flows.forEach(
        (key, value) -> {
          StoredFlow flow = StoredFlow.of(key, value);
          boolean ours =
              hash.bucket(flow.protocol(), flow.clientAddress(), flow.clientPort())
                  == flow.bucket();
          if (ours && wanted.test(flow)) {
            restored.incrementAndGet();
          } else {
            dropped.add(copy(key));
          }
        });
    dropped.forEach(flows.map()::remove);
    return new Recovery(restored.get(), dropped.size());
  }

  /** Lets go of the file; the flows stay in it. No store may be used any more. */
  @Override
  public void close() {
    flows.close();
    lock.close();
  }

  private static FlowMap map(Path path, int capacity, FlowHash hash) throws IOException {
    if (Files.notExists(path)) {
      return fresh(path, capacity, hash);
    }
    if (!Files.isRegularFile(path)) {
      throw new IOException("it is no regular file");
    }
    AtomicInteger damages = new AtomicInteger();
    FlowMap former;
    try {
      Optional<FlowMap> intact = FlowMap.openIntact(path);
      former = intact.isPresent() ? intact.get() : recover(path, damages::incrementAndGet);
    } catch (FileSystemException e) {
      // It may be as good as ever.
      throw e;
    } catch (IOException | RuntimeException | InternalError | AssertionError e) {
      setAside(path, e.getMessage(), "no flow in it could be recovered");
      return fresh(path, capacity, hash);
    }
    if (former.hash().isEmpty()) {
      former.close();
      setAside(path, "its key is lost", "no flow in it can go on");
      return fresh(path, capacity, hash);
    }
    if (damages.get() == 0 && former.capacity() == capacity) {
      return former;
    }
    try (former) {
      if (damages.get() > 0) {
        setAside(path, damages + " entries or parts are wrong", "the flows that are right go on");
      }
      return copy(former, path, capacity);
    }
  }

  private static FlowMap recover(Path path, Runnable damage) throws IOException {
    LOG.info("flow file {} was left in the middle of a write: its entries are put right", path);
    return FlowMap.recover(path, damage);
  }

  private static FlowMap copy(FlowMap former, Path path, int capacity) throws IOException {
    int size = (int) Math.min(former.map().longSize(), Conntrack.MAX_CAPACITY);
    FlowMap flows = fresh(path, Math.max(capacity, size), former.hash().orElseThrow());
    try {
      former.forEach((key, value) -> flows.map().put(key, value));
    } catch (RuntimeException | InternalError e) {
      LOG.warn(
          "only {} flows of flow file {} could be copied: {}",
          flows.map().longSize() - 1,
          path,
          e.getMessage());
    }
    return flows;
  }

  /**
   * Under another name until it is complete, so that a half-made file is never found under this
   * one.
   */
  private static FlowMap fresh(Path path, int capacity, FlowHash hash) throws IOException {
    Path unfinished = Path.of(path + ".new");
    Files.deleteIfExists(unfinished);
    FlowMap flows = FlowMap.create(unfinished, capacity, hash);
    try {
      long bytes = Files.size(unfinished);
      if (bytes >= LARGE) {
        LOG.info("making flow file {}: {} MB", path, bytes / 1_000_000);
      }
      allocate(unfinished);
      Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
      return flows;
    } catch (IOException e) {
      flows.close();
      Files.delete(unfinished);
      throw e;
    }
  }

  /** Writes the file over itself, so that it has all its blocks before the disk is full. */
  private static void allocate(Path path) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 16);
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long at = 0;
      while (channel.read(bytes.clear(), at) > 0) {
        at += channel.write(bytes.flip(), at);
      }
    }
  }

  private static void setAside(Path path, String reason, String outcome) throws IOException {
    Path aside = Path.of(path + ".damaged-" + TIME.format(Instant.now()));
    Files.move(path, aside, StandardCopyOption.ATOMIC_MOVE);
    LOG.warn("flow file {} is damaged ({}): set aside as {}; {}", path, reason, aside, outcome);
  }

  private static FlowKey copy(FlowKey key) {
    FlowKey copy = FlowKey.detached();
    copy.set(key.addresses(), key.ports(), key.protocol());
    return copy;
  }
}
