package io.headrace.conntrack;

import io.headrace.conntrack.FlowMap.Family;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The durable copy of all workers' flows, and of the key of their hash: a memory-mapped Chronicle
 * Map, and one beside it for flows of IPv6, which take more room; so that what was written stays
 * when the process is killed. One process at a time.
 *
 * <p>A start: {@link #open}, tables with {@link #hash} and a {@link #store} each, which {@link
 * Conntrack#recoverFrom} the flows that are {@link #waiting}, then the first frame.
 *
 * <p>A damaged file never stops a start. It is renamed and said in the log; the flows in it whose
 * checksums are right go on.
 */
public final class FlowFile implements AutoCloseable {
  private final Path path;
  private final int capacity;
  private final FlowFileLock lock;
  private final FlowMap ipv4;
  private final FlowHash hash;
  private volatile FlowMap ipv6;

  private FlowFile(Path path, int capacity, FlowFileLock lock, FlowMap ipv4) {
    this.path = path;
    this.capacity = capacity;
    this.lock = lock;
    this.ipv4 = ipv4;
    this.hash = ipv4.hash().orElseThrow();
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
      FlowFile file;
      try {
        FlowMap ipv4 = new FlowMapFile(Family.IPV4, path, capacity).open(hash);
        file = new FlowFile(path, capacity, lock, ipv4);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
      try {
        if (Files.exists(ofIpv6(path))) {
          file.carryIpv6();
        }
        return file;
      } catch (RuntimeException e) {
        file.close();
        throw e;
      }
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  /** Where the flows of IPv6 are that belong to a flow file. */
  public static Path ofIpv6(Path path) {
    return Path.of(path + ".ipv6");
  }

  /**
   * Opens the part for flows of IPv6, or makes it: before the first of them comes. Without it they
   * do not outlive the process.
   *
   * @throws FlowFileException when it can be neither read nor made
   */
  public synchronized void carryIpv6() {
    if (ipv6 == null) {
      try {
        ipv6 = new FlowMapFile(Family.IPV6, ofIpv6(path), capacity).openWith(hash);
      } catch (IOException e) {
        throw failure(ofIpv6(path), e);
      }
    }
  }

  private static FlowFileException failure(Path path, IOException e) {
    return new FlowFileException("cannot use flow file " + path + ": " + reason(path, e), e);
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
    return new ChronicleFlowStore(this, armIds);
  }

  /**
   * The flows of an earlier process, for each worker those in its buckets; to be asked for before
   * the first flow is put or removed.
   */
  public List<WaitingFlows> waiting(int workers) {
    List<WaitingFlows> waiting =
        Stream.generate(() -> new WaitingFlows(hash)).limit(workers).toList();
    ipv4.shareOut(waiting);
    if (ipv6 != null) {
      ipv6.shareOut(waiting);
    }
    return waiting;
  }

  FlowMap ipv4() {
    return ipv4;
  }

  /** Null without that part. */
  FlowMap ipv6() {
    return ipv6;
  }

  /** Lets go of the file; the flows stay in it. No store may be used any more. */
  @Override
  public void close() {
    ipv4.close();
    if (ipv6 != null) {
      ipv6.close();
    }
    lock.close();
  }
}
