package io.headrace.io;

import static java.nio.ByteOrder.nativeOrder;

import java.nio.file.Path;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/**
 * Reads packets through libpcap, from an interface or a file, without garbage. A packet is
 * described by a pcap_pkthdr (64-bit machines):
 *
 * <pre>
 *  +---------------------------------------------------------------+
 *  |                        Seconds (8 bytes)                      |
 *  +---------------------------------------------------------------+
 *  |                      Nanoseconds (8 bytes)                    |
 *  +-------------------------------+-------------------------------+
 *  |        Captured length        |        Original length        |
 *  +-------------------------------+-------------------------------+
 * </pre>
 */
final class LibpcapReader implements CaptureReader {
  private static final int SECONDS = 0;
  private static final int NANOSECONDS = 8;
  private static final int CAPTURED_LENGTH = 16;
  private static final int ORIGINAL_LENGTH = 20;
  private static final int HEADER_LENGTH = 24;

  private static final int HEADER_POINTER = 0;
  private static final int DATA_POINTER = 8;

  private final String name;
  private final PcapHandle handle;
  private final long pcap;
  private final UnsafeBuffer pointers =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(2 * Long.BYTES, Long.BYTES));
  private final UnsafeBuffer header = new UnsafeBuffer(0, 0);
  private final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);

  /**
   * @param name of the interface or file, for messages
   * @param handle opened with time stamps in nanoseconds
   */
  LibpcapReader(String name, PcapHandle handle) {
    this.name = name;
    this.handle = handle;
    pcap = Libpcap.pointer(handle);
  }

  static LibpcapReader offline(Path file) {
    try {
      Pcaps.libVersion(); // A missing library shows here as what it is, below as an old one.
      PcapHandle handle = Pcaps.openOffline(file.toString(), PcapHandle.TimestampPrecision.NANO);
      if (!handle.getDlt().equals(DataLinkType.EN10MB)) {
        int linkType = handle.getDlt().value();
        handle.close();
        throw CaptureReader.notEthernet(file, linkType);
      }
      return new LibpcapReader(file.toString(), handle);
    } catch (PcapNativeException e) {
      throw new FrameIoException("cannot read " + file + ": " + e.getMessage(), e);
    } catch (LinkageError e) {
      throw new FrameIoException(
          "cannot read " + file + ": pcapng needs libpcap (Debian: apt install libpcap0.8)", e);
    }
  }

  @Override
  public boolean next() {
    int result = poll();
    if (result == -1) {
      throw new FrameIoException("cannot read the rest of " + name + ": " + error());
    }
    return result == 1;
  }

  /** As {@link Libpcap#nextEx}; goes to the next record when that is 1. */
  int poll() {
    long address = pointers.addressOffset();
    int result = Libpcap.nextEx(pcap, address + HEADER_POINTER, address + DATA_POINTER);
    if (result == 1) {
      header.wrap(pointers.getLong(HEADER_POINTER, nativeOrder()), HEADER_LENGTH);
      bytes.wrap(pointers.getLong(DATA_POINTER, nativeOrder()), length());
    }
    return result;
  }

  private String error() {
    try {
      return handle.getError();
    } catch (NotOpenException e) {
      return "it is closed";
    }
  }

  @Override
  public DirectBuffer bytes() {
    return bytes;
  }

  @Override
  public int offset() {
    return 0;
  }

  @Override
  public int length() {
    return header.getInt(CAPTURED_LENGTH, nativeOrder());
  }

  @Override
  public long originalLength() {
    return header.getInt(ORIGINAL_LENGTH, nativeOrder()) & 0xFFFF_FFFFL;
  }

  @Override
  public long timeNs() {
    return header.getLong(SECONDS, nativeOrder()) * 1_000_000_000L
        + header.getLong(NANOSECONDS, nativeOrder());
  }

  @Override
  public void close() {
    handle.close();
  }
}
