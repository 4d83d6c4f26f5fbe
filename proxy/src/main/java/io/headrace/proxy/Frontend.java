package io.headrace.proxy;

import io.headrace.config.Cidr;
import io.headrace.config.ProxyFrontendConfig;
import io.headrace.registry.Service;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/**
 * A frontend at one moment; immutable but for counts and limits, which it hands on to the next of
 * its name.
 *
 * @param service its name and address
 * @param config what it lets in
 * @param backend where connections go
 * @param sni where those go whose TLS client asks for a name of these
 * @param counts what it has carried
 * @param limit connections that may be open at one time
 * @param room where those beyond wait
 * @param rate connections a second from one source
 */
record Frontend(
    Service service,
    ProxyFrontendConfig config,
    Backend backend,
    Map<String, Backend> sni,
    FrontendCounts counts,
    Limit limit,
    WaitingRoom room,
    SourceRate rate) {
  /** The backend for a server name, in lower case: its own, or that of the nearest wildcard. */
  Backend backend(String serverName) {
    Backend own = sni.get(serverName);
    for (int dot = serverName.indexOf('.');
        own == null && dot >= 0;
        dot = serverName.indexOf('.', dot + 1)) {
      own = sni.get("*" + serverName.substring(dot));
    }
    return own == null ? backend : own;
  }

  boolean trusts(InetAddress peer) {
    return isIn(config.trusted(), peer);
  }

  boolean allows(InetAddress client) {
    return !isIn(config.deny(), client)
        && (config.allow().isEmpty() || isIn(config.allow(), client));
  }

  private static boolean isIn(List<Cidr> ranges, InetAddress address) {
    for (Cidr range : ranges) {
      if (range.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
