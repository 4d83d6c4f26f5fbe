package io.headrace.registry;

import io.headrace.config.OnDown;
import io.headrace.schedule.Scheduler;
import java.util.List;

/**
 * The servers of one backend and the scheduler over those of them that take new flows.
 *
 * @param name the backend's name
 * @param servers every configured member, in the order of the file
 * @param members those that may take new flows: up, not draining, of a weight, and no backup that
 *     is not needed; in panic, those that are down too
 * @param scheduler over these
 * @param onDown what happens to the TCP flows of a server that goes down
 */
public record Pool(
    String name, List<Server> servers, List<Server> members, Scheduler scheduler, OnDown onDown) {}
