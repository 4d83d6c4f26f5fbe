package io.headrace.config;

import java.net.InetSocketAddress;

/**
 * An address that is listened on.
 *
 * @param name its key in the file
 * @param listen address and port; a literal address, never a host name
 * @param protocol TCP unless the file says otherwise
 * @param mode from the file, else from the command line
 * @param source whom servers see; NAT in other modes than passthrough
 * @param backend the name of its pool
 * @param proxy what mode proxy has beyond that; the defaults in other modes
 * @param dsr what mode dsr has beyond that; the defaults in other modes
 */
public record FrontendConfig(
    String name,
    InetSocketAddress listen,
    Protocol protocol,
    Mode mode,
    Source source,
    String backend,
    ProxyFrontendConfig proxy,
    DsrConfig dsr) {
  /** Whether connections that come in here may go to a backend. */
  boolean uses(String name) {
    return backend.equals(name) || proxy.sni().containsValue(name);
  }
}
