package io.headrace.forward;

import io.headrace.packet.IpAddress;
import org.agrona.concurrent.UnsafeBuffer;

/** What stands before a packet that travels in another. Holds nothing of a flow; any thread. */
public interface OuterHeader {
  /** In bytes. */
  int length();

  /**
   * Writes it, and what the Ethernet header says of it.
   *
   * @param bytes of the frame
   * @param at where it starts; the inner packet, whole, starts {@link #length} bytes further on
   * @param sourceHigh of the outer packet's source, an address as {@link IpAddress} has it
   * @param sourceLow of the same
   * @param destination of the outer packet
   * @param flowHash of the inner packet's flow
   */
  void write(
      UnsafeBuffer bytes,
      int at,
      long sourceHigh,
      long sourceLow,
      IpAddress destination,
      long flowHash);
}
