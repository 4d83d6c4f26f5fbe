package io.headrace.pipeline;

import io.headrace.io.FrameSink;
import io.headrace.io.FrameSource;

/**
 * One interface of the balancer (a one-arm balancer has clients and servers on the same), or a capture file in its place.
 *
 * @param name of the interface
 * @param source of the frames that arrive
 * @param sink for the frames that leave
 */
public record Arm(String name, FrameSource source, FrameSink sink) {}
