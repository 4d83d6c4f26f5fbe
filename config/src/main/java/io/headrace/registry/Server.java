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
 * @param weight as the file or the operator has it; 0 takes no new flows
 * @param share of new flows, relative to its pool, as it is now: the weight in hundredths, or less
 *     while the server starts slowly, or what its agent makes of it
 * @param flows those that it has
 */
public record Server(
    int id,
    String backend,
    String name,
    InetSocketAddress address,
    int weight,
    int share,
    LiveFlows flows) {}
