package io.headrace.health;

import io.headrace.config.HealthCheckConfig;
import java.util.Set;

/**
 * What has to stay the same for a watch over a server to go on; its weight may change.
 *
 * @param id of the server
 * @param name of the server
 * @param destinations where it is checked
 * @param config how
 * @param agent whether it is its agent that is asked
 */
record Target(
    int id, String name, Set<Destination> destinations, HealthCheckConfig config, boolean agent) {}
