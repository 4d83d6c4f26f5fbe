package io.headrace.config;

import java.net.InetSocketAddress;
import java.util.Map;

/**
 * A backend with what the rules between tables need to know of the file.
 *
 * @param config what was read
 * @param addresses of its servers, by name, with their positions
 * @param statesChecks whether the file says how it is checked
 */
record ParsedBackend(
    BackendConfig config,
    Map<String, Located<InetSocketAddress>> addresses,
    boolean statesChecks) {}
