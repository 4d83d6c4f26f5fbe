package io.headrace.testbed;

/**
 * One interface of a {@link Host}.
 *
 * @param device the interface's name inside the host's namespace
 * @param bridge the bridge that it is plugged into: arms on one bridge share one Ethernet segment
 * @param address its IPv4 address; the network is always a /24
 */
public record Arm(String device, String bridge, String address) {}
