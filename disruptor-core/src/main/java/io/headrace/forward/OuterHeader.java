package io.headrace.forward;

import org.agrona.concurrent.UnsafeBuffer;

/** What stands before a packet that travels in another. Holds nothing of a flow; any thread. */
public interface OuterHeader {
  /** In bytes. */
  int length();

  /**
   * Writes it.
   *
   * @param bytes of the frame
   * @param at where it starts; the inner packet, whole, starts {@link #length} bytes further on
   * @param source of the outer packet, IPv4
   * @param destination of the outer packet, IPv4
   * @param flowHash of the inner packet's flow
   */
  void write(UnsafeBuffer bytes, int at, int source, int destination, long flowHash);
}
