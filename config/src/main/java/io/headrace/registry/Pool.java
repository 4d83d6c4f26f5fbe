package io.headrace.registry;

import io.headrace.schedule.Scheduler;
import java.util.List;

/**
 * The servers of one backend and the scheduler over those of them that take new flows.
 *
 * @param name the backend's name
 * @param servers every configured member, in the order of the file
 * @param members those that may take new flows: up, not draining, and of a weight
 * @param scheduler over these
 */
public record Pool(String name, List<Server> servers, List<Server> members, Scheduler scheduler) {}
