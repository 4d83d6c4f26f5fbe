package io.headrace.config;

import java.util.Map;

/**
 * A pool of servers.
 *
 * @param name its key in the file
 * @param servers by name, in the order of the file; never empty
 * @param healthCheck how its servers are checked
 * @param balance how flows are spread over its servers
 * @param proxy how a proxy deals with its servers
 */
public record BackendConfig(
    String name,
    Map<String, ServerConfig> servers,
    HealthCheckConfig healthCheck,
    BalanceConfig balance,
    ProxyBackendConfig proxy) {
  /** The same, of servers that are not checked. */
  BackendConfig unchecked() {
    return new BackendConfig(name, servers, healthCheck.unchecked(), balance, proxy);
  }
}
