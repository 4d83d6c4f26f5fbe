package io.headrace.proxy;

import io.headrace.health.OpenFiles;
import io.netty.util.internal.PlatformDependent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many connections this process may have, for its limit of open files (RLIMIT_NOFILE, {@code
 * ulimit -n}) and its memory, should every client and every server be slow at once. What is beyond
 * is refused, so that health checks, statistics and the configuration always have the little that
 * they need, and what is open goes on. Any thread.
 */
final class ProcessLimits {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessLimits.class);
  private static final int RESERVED_FILES = 512;
  private static final int FILES_EACH = 2;

  /** What waits for a slow reader on each side: the high-water mark, a read, and a last one. */
  private static final int DIRECT_EACH = 40 << 10;

  /** Objects: two channels with their pipelines take about half of this. */
  private static final int HEAP_EACH = 8 << 10;

  private static final int MOST_READ_AT_ONCE = 96 << 20;
  private static final long REMIND_NS = 10_000_000_000L;

  private final Limit connections = new Limit();
  private final int readBudget;
  private final Ended refusal;
  private final String reason;
  private volatile long toldNs = System.nanoTime() - REMIND_NS;

  /**
   * @param openFiles the limit
   * @param directBytes memory outside the heap
   * @param heapBytes the heap, at its largest
   */
  ProcessLimits(int openFiles, long directBytes, long heapBytes) {
    readBudget = (int) Math.min(MOST_READ_AT_ONCE, directBytes / 4);
    int byFiles = (openFiles - Math.min(RESERVED_FILES, openFiles / 4)) / FILES_EACH;
    // An eighth for what the allocator cannot use; a quarter for all else that is not off the heap.
    long byDirect = (directBytes - directBytes / 8 - readBudget) / DIRECT_EACH;
    long byHeap = (heapBytes - heapBytes / 4) / HEAP_EACH;
    long byMemory = Math.max(1, Math.min(byDirect, byHeap));
    connections.most((int) Math.min(byFiles, byMemory));
    if (byFiles <= byMemory) {
      refusal = Ended.NO_DESCRIPTOR;
      reason =
          "the limit of %d open files is reached; raise it (ulimit -n, LimitNOFILE=)"
              .formatted(openFiles);
    } else {
      refusal = Ended.NO_MEMORY;
      reason =
          "memory for %d is what there is; give java more (%s)"
              .formatted(byMemory, byHeap < byDirect ? "-Xmx" : "-XX:MaxDirectMemorySize");
    }
  }

  /** Those that the process has. */
  static ProcessLimits ofProcess() {
    return new ProcessLimits(
        OpenFiles.limit(), PlatformDependent.maxDirectMemory(), Runtime.getRuntime().maxMemory());
  }

  /** Bytes that the reads of all connections may take together, beyond the least for each. */
  int readBudget() {
    return readBudget;
  }

  /** How a connection ends that finds none. */
  Ended refusal() {
    return refusal;
  }

  /** Takes what a connection needs, if it is there. */
  boolean take() {
    boolean taken = connections.take();
    long now = System.nanoTime();
    if (!taken && now - toldNs >= REMIND_NS) {
      toldNs = now;
      LOG.warn("connections are refused: {}", reason);
    }
    return taken;
  }

  /** Gives it back. */
  void give() {
    connections.give();
  }
}
