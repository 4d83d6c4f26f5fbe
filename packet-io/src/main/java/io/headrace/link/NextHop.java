package io.headrace.link;

import java.net.InetAddress;

/**
 * Everything that a frame needs to travel towards a destination.
 *
 * @param interfaceIndex the interface to send it on
 * @param sourceMac that interface's own address
 * @param destinationMac the destination's address, or its router's
 * @param source the IP address to send from
 * @param mtu the longest IP packet, in bytes
 */
public record NextHop(
    int interfaceIndex, long sourceMac, long destinationMac, InetAddress source, int mtu) {}
