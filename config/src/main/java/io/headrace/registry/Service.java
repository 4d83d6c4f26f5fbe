package io.headrace.registry;

import io.headrace.config.DsrConfig;
import io.headrace.config.Mode;
import io.headrace.config.Protocol;
import io.headrace.config.Source;
import java.net.InetSocketAddress;

/**
 * A frontend and the pool behind it.
 *
 * @param id a small number, given once per frontend name for the life of the process
 * @param name the frontend's name
 * @param listen the address that clients connect to
 * @param protocol its transport protocol
 * @param mode how its traffic reaches the servers
 * @param source whom servers see, in mode passthrough
 * @param dsr how, in mode dsr
 * @param pool the servers
 */
public record Service(
    int id,
    String name,
    InetSocketAddress listen,
    Protocol protocol,
    Mode mode,
    Source source,
    DsrConfig dsr,
    Pool pool) {}
