package io.headrace.pipeline;

import io.headrace.io.FrameSink;
import io.headrace.io.FrameSource;

/**
 * One interface of the balancer (a one-arm balancer has clients and servers on the same), or a
 * capture file in its place.
 *
 * @param name of the interface
 * @param mac its own address, 48 bits; {@link io.headrace.forward.ForwardingTable#ANY_MAC} takes
 *     every frame
 * @param source of the frames that arrive
 * @param sink for the frames that leave
 */
public record Arm(String name, long mac, FrameSource source, FrameSink sink) {
  /**
   * 16 bits that stand for the interface in a flow file: of its name, so that they are the same
   * after a restart, whatever the order of the arms.
   */
  public int id() {
    int hash = name.hashCode();
    return (hash ^ hash >>> 16) & 0xffff;
  }
}
