package io.headrace.link;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What an interface's hardware does to frames (linux/ethtool.h, linux/sockios.h). */
public final class Offloads {
  private static final CFunction IOCTL = CFunction.named("ioctl");
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int SIOCETHTOOL = 0x8946;
  private static final int ETHTOOL_GFLAGS = 0x25;
  private static final int ETH_FLAG_LRO = 1 << 15;

  // struct ifreq: the name, then a pointer.
  private static final int IFREQ_LENGTH = 40;
  private static final int IFR_DATA = 16;

  private Offloads() {}

  /**
   * Whether it merges frames that come in, headers included (large receive offload); unlike the
   * kernel's own merging (GRO), that cannot be taken apart again. False where nobody can tell.
   *
   * @param name of the interface, in the network namespace of the calling thread
   */
  public static boolean isReceiveMerged(String name) {
    int fd = Libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    if (fd < 0) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
      value.set(JAVA_INT, 0, ETHTOOL_GFLAGS);
      MemorySegment request = arena.allocate(IFREQ_LENGTH, Long.BYTES);
      request.setString(0, name);
      request.set(JAVA_LONG, IFR_DATA, value.address());
      return IOCTL.call(new CallState(), fd, SIOCETHTOOL, request.address()) >= 0
          && (value.get(JAVA_INT, Integer.BYTES) & ETH_FLAG_LRO) != 0;
    } finally {
      Libc.close(fd);
    }
  }
}
