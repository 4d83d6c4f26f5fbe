package io.headrace.registry;

import io.headrace.config.Config;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * What is so at one moment.
 *
 * @param config in force
 * @param servers of each backend, in the order of the file
 * @param members of each backend: those that take new flows
 * @param up as {@link Snapshot#up}
 * @param down as {@link Snapshot#down}
 */
record Roll(
    Config config,
    Map<String, List<Server>> servers,
    Map<String, List<Server>> members,
    BitSet up,
    BitSet down) {}
