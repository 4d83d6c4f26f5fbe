package io.headrace.io;

import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;

/**
 * Frames that come in on an interface, through libpcap. Each is copied once, into memory of the
 * source. As libpcap does not tell, partial checksums are recognised by their value.
 *
 * <p>A link that goes down ends nothing: {@link #receive} has no frames until it is up again.
 */
public final class PcapSource implements FrameSource {
  /**
   * In immediate mode each frame takes a whole snap length of it (libpcap rounds that up to a power
   * of two): this holds about two thousand, a burst of many connections while this process waits
   * for a processor. With half of it, 200 downloads at once on two cores lost every third frame.
   */
  private static final int BUFFER_SIZE = 128 << 20;

  private final PcapHandle handle;
  private final LibpcapReader reader;
  private final FrameSlots slots;
  private final int descriptor;
  private long truncated;
  private long errors;
  private volatile long missed;

  /**
   * Opens an interface; from here on the kernel keeps frames for it.
   *
   * @param capacity frames that may be out at one time
   * @throws FrameIoException when there is no such Ethernet interface, CAP_NET_RAW is missing, or
   *     libpcap is
   */
  public PcapSource(String interfaceName, int capacity) {
    handle = PcapInterface.open(interfaceName, FrameSlots.LENGTH, BUFFER_SIZE);
    try {
      // An idle blocking read would neither time out nor let go at close.
      handle.setBlockingMode(PcapHandle.BlockingMode.NONBLOCKING);
    } catch (PcapNativeException | NotOpenException e) {
      handle.close();
      throw PcapInterface.failure(interfaceName, e);
    }
    reader = new LibpcapReader(interfaceName, handle);
    descriptor = Libpcap.selectableFd(Libpcap.pointer(handle));
    slots = new FrameSlots(capacity);
  }

  /**
   * The library's name and version, in its own words.
   *
   * @throws FrameIoException when it is not installed
   */
  public static String version() {
    try {
      return Pcaps.libVersion();
    } catch (LinkageError e) {
      throw PcapInterface.missing(e);
    }
  }

  @Override
  public boolean receive(Frame frame) {
    int result = reader.poll();
    if (result != 1) {
      if (result < 0) {
        errors++;
      }
      return false;
    }
    if (reader.originalLength() > reader.length()) {
      truncated++;
    }
    slots.put(frame, reader.bytes(), reader.offset(), reader.length(), reader.timeNs());
    return true;
  }

  /** Nothing to do: the slots are used in turn, and the caller never exceeds the capacity. */
  @Override
  public void release(int frames) {}

  @Override
  public int capacity() {
    return slots.count();
  }

  @Override
  public int descriptor() {
    return descriptor;
  }

  @Override
  public long missed() {
    try {
      missed = handle.getStats().getNumPacketsDropped();
    } catch (PcapNativeException | NotOpenException e) {
      // The interface is gone or closed: what was known last stands.
    }
    return missed;
  }

  /** Frames that were delivered without their tail: longer than any packet of 64 KB. */
  public long truncated() {
    return truncated;
  }

  /** Reads that failed, as they do when the link goes down. */
  public long errors() {
    return errors;
  }

  @Override
  public void close() {
    missed();
    reader.close();
    slots.close();
  }
}
