package io.headrace.doctor;

import io.headrace.config.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Open files, locked memory, and the memory that the flow table takes. */
final class Limits implements Check {
  private static final int FEW_FILES = 4096;
  private static final long FEW_LOCKED = 8 << 20;

  /** Since then the kernel charges rings of io_uring to the memory cgroup (5.12). */
  private static final int NOT_LOCKED_SINCE = 512;

  /** Of a connection, docs/operations.md. */
  private static final int FLOW_BYTES = 128;

  private static final String MEMORY = "/proc/meminfo";

  @Override
  public String name() {
    return "limits";
  }

  @Override
  public List<Finding> look(Site site) {
    List<Finding> found = new ArrayList<>();
    long files = limit("Max open files");
    if (site.config().has(mode -> mode == Mode.PROXY) && files < FEW_FILES) {
      found.add(
          Finding.warning(
              "%d open files let mode proxy carry %d connections".formatted(files, files / 2),
              "ulimit -n 524288, or LimitNOFILE=524288 in the unit"));
    }
    long locked = limit("Max locked memory");
    if (kernel() < NOT_LOCKED_SINCE && locked < FEW_LOCKED) {
      found.add(
          Finding.warning(
              "%d KB of locked memory are too few for io_uring on this kernel"
                  .formatted(locked / 1024),
              "ulimit -l unlimited, or LimitMEMLOCK=infinity in the unit"));
    }
    if (site.isOfFrames()) {
      memory(site).ifPresent(found::add);
    }
    if (found.isEmpty()) {
      found.add(
          Finding.ok(
              "%s open files, %s locked memory"
                  .formatted(text(files, ""), text(locked, " bytes"))));
    }
    return found;
  }

  private static Optional<Finding> memory(Site site) {
    int capacity = site.config().passthrough().connectionTrackerCapacity();
    long needed = (long) capacity * FLOW_BYTES;
    return Proc.lines(MEMORY).stream()
        .filter(line -> line.startsWith("MemAvailable:"))
        .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .filter(available -> needed > available && site.balancer().isEmpty())
        .map(
            available ->
                Finding.problem(
                    "connection_tracker_capacity = %d takes %d MB, and %d MB are there"
                        .formatted(capacity, needed >> 20, available >> 20),
                    "connection_tracker_capacity = " + available / 2 / FLOW_BYTES))
        .findFirst();
  }

  /** The soft limit of this process. */
  private static long limit(String name) {
    return Proc.lines("/proc/self/limits").stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip().split("\\s+")[0])
        .mapToLong(soft -> soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft))
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }

  private static String text(long limit, String unit) {
    return limit == Long.MAX_VALUE ? "unlimited" : limit + unit;
  }

  /** Its version in hundreds: 6.12 is 612. */
  private static int kernel() {
    String[] parts = System.getProperty("os.version").split("\\D+");
    return Integer.parseInt(parts[0]) * 100 + Integer.parseInt(parts[1]);
  }
}
