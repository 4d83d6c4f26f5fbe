package io.headrace.replay;

import io.headrace.packet.IpAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What to replay, and what the capture file cannot tell.
 *
 * @param in the capture file
 * @param out where the forwarded frames go
 * @param down servers that count as down; all others are up
 * @param macs the MAC address behind an IP address, where it is known better than the file tells
 * @param conntrack the file of the flow table; empty keeps it in memory
 */
public record ReplayOptions(
    Path in,
    Path out,
    Set<InetSocketAddress> down,
    Map<IpAddress, Long> macs,
    Optional<Path> conntrack) {}
