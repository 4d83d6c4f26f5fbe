package io.headrace.io;

import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.PcapDirection;
import org.pcap4j.core.PcapHandle.TimestampPrecision;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;
import org.pcap4j.packet.namednumber.DataLinkType;

/** Opens interfaces through pcap4j, and says what is wrong when that fails. */
final class PcapInterface {
  private PcapInterface() {}

  /**
   * Opens an Ethernet interface for incoming frames: not promiscuous, in immediate mode.
   *
   * @param snapLength longest frame that is captured
   * @param bufferSize of the kernel, in bytes
   */
  static PcapHandle open(String name, int snapLength, int bufferSize) {
    try {
      PcapHandle handle =
          new PcapHandle.Builder(name)
              .snaplen(snapLength)
              .bufferSize(bufferSize)
              .promiscuousMode(PromiscuousMode.NONPROMISCUOUS)
              .immediateMode(true)
              .timestampPrecision(TimestampPrecision.NANO)
              .build();
      try {
        handle.setDirection(PcapDirection.IN);
        if (!handle.getDlt().equals(DataLinkType.EN10MB)) {
          throw new FrameIoException(
              "interface " + name + " carries " + handle.getDlt().name() + ", not Ethernet");
        }
        return handle;
      } catch (PcapNativeException | NotOpenException | RuntimeException e) {
        handle.close();
        throw e;
      }
    } catch (PcapNativeException | NotOpenException e) {
      throw failure(name, e);
    } catch (LinkageError e) {
      throw missing(e);
    }
  }

  static FrameIoException missing(LinkageError e) {
    return new FrameIoException(
        "io = \"pcap\" needs libpcap, which is not installed (Debian: apt install libpcap0.8)", e);
  }

  static FrameIoException failure(String name, Exception e) {
    String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ").strip();
    String line;
    if (message.contains("No such device")) {
      line = "interface " + name + " does not exist";
    } else if (message.contains("permission") || message.contains("not permitted")) {
      line =
          "capturing on interface "
              + name
              + " needs the capability CAP_NET_RAW: run as root, or grant it";
    } else {
      line = "cannot open interface " + name + " through pcap: " + message;
    }
    return new FrameIoException(line, e);
  }
}
