package io.headrace.registry;

import io.headrace.schedule.LiveFlows;
import java.net.InetSocketAddress;

/**
 * One member of a pool.
 *
 * @param id a small number, given once per pool and address for the life of the process: the index
 *     of every array that is kept per server. A server that leaves the configuration and returns
 *     gets its id back.
 * @param backend the name of its pool
 * @param name its key in the configuration
 * @param address where it is
 * @param weight its share of new flows; 0 takes none
 * @param flows those that it has
 */
public record Server(
    int id, String backend, String name, InetSocketAddress address, int weight, LiveFlows flows) {}
