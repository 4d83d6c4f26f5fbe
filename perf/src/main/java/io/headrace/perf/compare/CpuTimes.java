package io.headrace.perf.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What all processors of the machine did with their time, by the first line of {@code /proc/stat}
 * (proc(5)), in ticks of 10 ms.
 *
 * @param busy with programs, the kernel and interrupts; guests are counted with the programs
 * @param idle or waiting for a disk
 * @param steal the host gave the time to others
 */
record CpuTimes(long busy, long idle, long steal) {
  private static final int TICK_MS = 10;
  private static final int USER = 1;
  private static final int NICE = 2;
  private static final int SYSTEM = 3;
  private static final int IDLE = 4;
  private static final int IO_WAIT = 5;
  private static final int IRQ = 6;
  private static final int SOFT_IRQ = 7;
  private static final int STEAL = 8;

  static CpuTimes now() {
    try {
      return parse(Files.readString(Path.of("/proc/stat")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static CpuTimes parse(String stat) {
    String[] fields = stat.lines().findFirst().orElse("").split(" +");
    if (!fields[0].equals("cpu") || fields.length <= STEAL) {
      throw new IllegalArgumentException("this is not what /proc/stat says: " + stat);
    }
    return new CpuTimes(
        sum(fields, USER, NICE, SYSTEM, IRQ, SOFT_IRQ),
        sum(fields, IDLE, IO_WAIT),
        sum(fields, STEAL));
  }

  private static long sum(String[] fields, int... indices) {
    long sum = 0;
    for (int index : indices) {
      sum += Long.parseLong(fields[index]);
    }
    return sum;
  }

  CpuTimes since(CpuTimes earlier) {
    return new CpuTimes(busy - earlier.busy, idle - earlier.idle, steal - earlier.steal);
  }

  double busyMs() {
    return (double) busy * TICK_MS;
  }

  /** 0 to 1. */
  double stealShare() {
    long all = busy + idle + steal;
    return all == 0 ? 0 : (double) steal / all;
  }
}
