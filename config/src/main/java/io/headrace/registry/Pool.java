package io.headrace.registry;

import java.util.List;

/**
 * The servers of one backend and the scheduler over those of them that are up.
 *
 * @param name the backend's name
 * @param servers every configured member, in the order of the file
 * @param scheduler over the members that are up and have a weight
 */
public record Pool(String name, List<Server> servers, Scheduler scheduler) {}
