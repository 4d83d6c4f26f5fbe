package io.headrace.proxy;

import io.headrace.registry.Server;

/**
 * A server as the proxy sees it. It outlives changes of the configuration, as its connections do.
 *
 * @param server as it was last configured
 * @param counts what it has carried
 * @param limit connections that it may have at one time
 */
record Member(Server server, ServerCounts counts, Limit limit) {}
