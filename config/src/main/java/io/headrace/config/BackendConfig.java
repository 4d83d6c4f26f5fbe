package io.headrace.config;

import java.util.Map;

/**
 * A pool of servers.
 *
 * @param name its key in the file
 * @param servers by name, in the order of the file; never empty
 * @param healthCheck how its servers are checked
 * @param proxy how a proxy deals with its servers
 */
public record BackendConfig(
    String name,
    Map<String, ServerConfig> servers,
    HealthCheckConfig healthCheck,
    ProxyBackendConfig proxy) {}
