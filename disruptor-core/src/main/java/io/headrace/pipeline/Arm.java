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
public record Arm(String name, long mac, FrameSource source, FrameSink sink) {}
