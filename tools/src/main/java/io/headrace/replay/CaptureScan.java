package io.headrace.replay;

import io.headrace.io.CaptureFileSource;
import io.headrace.io.Frame;
import io.headrace.io.FrameIoException;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Parse;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * What a capture file tells about the network it was taken in, from one pass over it: the MAC
 * address behind each IP address, and how many frames there are.
 */
final class CaptureScan {
  private final Map<IpAddress, Long> macs = new HashMap<>();
  private long frames;
  private long firstTimeNs;

  private CaptureScan() {}

  /**
   * Reads the whole file.
   *
   * @param file to read
   * @param ours addresses of the balancer: frames to them tell its MAC address
   */
  static CaptureScan of(Path file, Collection<IpAddress> ours) {
    CaptureScan scan = new CaptureScan();
    Frame frame = new Frame();
    Headers headers = new Headers();
    try (CaptureFileSource source = new CaptureFileSource(file, 1)) {
      while (source.receive(frame)) {
        if (scan.frames++ == 0) {
          scan.firstTimeNs = frame.timeNs();
        }
        scan.learn(frame, headers, ours);
        source.release(1);
      }
    } catch (FrameIoException e) {
      // The replay itself comes to the same place, and says so.
      return scan;
    }
    return scan;
  }

  private void learn(Frame frame, Headers headers, Collection<IpAddress> ours) {
    Parse parse = headers.parse(frame.buffer());
    if (parse == Parse.FLOW) {
      learn(headers.source(), Ethernet.getMac(frame.buffer(), Ethernet.SOURCE));
      if (ours.contains(headers.destination())) {
        learn(headers.destination(), Ethernet.getMac(frame.buffer(), Ethernet.DESTINATION));
      }
    }
  }

  /** The first word on an address stands. */
  private void learn(IpAddress address, long mac) {
    macs.putIfAbsent(address, mac);
  }

  /**
   * The MAC address behind an IP address; one of its own for an address that the file does not tell
   * of.
   */
  long mac(IpAddress address) {
    Long told = macs.get(address);
    return told != null ? told : locallyAdministered(address);
  }

  /**
   * 02:00 and the last four bytes of the address: locally administered (IEEE 802), and the same in
   * every run.
   */
  static long locallyAdministered(IpAddress address) {
    return 0x0200_0000_0000L | address.low() & 0xFFFF_FFFFL;
  }

  /** Time of the first frame, in nanoseconds since the epoch. */
  long firstTimeNs() {
    return firstTimeNs;
  }

  /** How many frames the file holds. */
  long frames() {
    return frames;
  }
}
