package io.headrace.config;

import io.headrace.config.PassthroughConfig.PortRange;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads {@code [frontends.NAME]}, and holds each against the backends and the NAT ports. */
final class FrontendReader {
  private static final Logger LOG = LoggerFactory.getLogger(FrontendReader.class);
  private static final String NO_IPV6 = "IPv6 in passthrough is not there yet";

  private final Mode defaultMode;
  private final Set<String> backendNames;
  private final Map<String, ParsedBackend> backends;
  private final PortRange natPorts;
  private final Map<Listen, String> owners = new HashMap<>();
  private final Set<String> refusedBackends = new HashSet<>();
  private final Map<String, FrontendConfig> frontends = new LinkedHashMap<>();

  private record Listen(InetSocketAddress address, Protocol protocol) {}

  /**
   * @param backendNames every backend that the file names
   * @param backends those of them that could be read
   */
  FrontendReader(
      Mode defaultMode,
      Set<String> backendNames,
      Map<String, ParsedBackend> backends,
      PortRange natPorts) {
    this.defaultMode = defaultMode;
    this.backendNames = backendNames;
    this.backends = backends;
    this.natPorts = natPorts;
  }

  Map<String, FrontendConfig> frontends() {
    return frontends;
  }

  void read(Section section) {
    section.require("listen_addr", "\"192.0.2.10:80\"").require("backend", "\"NAME\"");
    Optional<Located<InetSocketAddress>> listen = section.address("listen_addr");
    Optional<Located<String>> backend = section.string("backend");
    Protocol protocol =
        section.choice("protocol", Protocol.class).map(Located::value).orElse(Protocol.TCP);
    Mode mode = readMode(section);
    ProxyFrontendConfig proxy =
        ProxyFrontendReader.read(section, mode, protocol, this::checkReference);
    if (section.section("xdp").isPresent()) {
      LOG.info("{}: xdp is a setting of Convey's and has no effect here", section.title());
    }
    section.refuseOthers();

    backend.ifPresent(name -> checkReference(section, name));
    listen.ifPresent(address -> checkUnique(section, address, protocol));
    if (mode == Mode.PASSTHROUGH) {
      listen.ifPresent(address -> checkPassthroughListen(section, address));
      backend.ifPresent(name -> checkPassthroughServers(section, name.value()));
    } else if (mode == Mode.PROXY) {
      listen.ifPresent(address -> checkProxyListen(section, address, protocol));
    }
    if (listen.isPresent() && backend.isPresent()) {
      refuseItself(section, listen.get().value(), backend.get().value());
      frontends.put(
          section.name(),
          new FrontendConfig(
              section.name(), listen.get().value(), protocol, mode, backend.get().value(), proxy));
    }
  }

  private Mode readMode(Section section) {
    boolean stated = section.keys().contains("mode");
    Optional<Located<Mode>> found = section.choice("mode", Mode.class);
    Mode mode = found.map(Located::value).orElse(defaultMode);
    String refusal =
        "mode "
            + Wording.quote(mode.name().toLowerCase(Locale.ROOT))
            + " is not there yet; this version has \"proxy\" and \"passthrough\"";
    if (mode == Mode.DSR && found.isPresent()) {
      section.problem(found.get(), refusal);
    } else if (mode == Mode.DSR && !stated) {
      section.problem(
          section.title()
              + " names no mode, and the default "
              + refusal
              + ": add mode = \"proxy\", or start without --dsr");
    }
    return mode;
  }

  private void checkReference(Section section, Located<String> name) {
    if (!backendNames.contains(name.value())) {
      section.problem(
          name,
          "backend "
              + Wording.quote(name.value())
              + " is not defined"
              + Wording.hint(name.value(), backendNames));
    }
  }

  private static void checkProxyListen(
      Section section, Located<InetSocketAddress> address, Protocol protocol) {
    if (address.value().getAddress().isMulticastAddress()) {
      section.problem(address, Address.format(address.value()) + " is a multicast address");
    } else if (protocol == Protocol.UDP && address.value().getAddress().isAnyLocalAddress()) {
      section.problem(
          address,
          Address.format(address.value())
              + " is every address, and answers over UDP must come from the one that was asked;"
              + " write the address that clients send to, such as \"192.0.2.10:"
              + address.value().getPort()
              + "\"");
    }
  }

  private void checkUnique(Section section, Located<InetSocketAddress> address, Protocol protocol) {
    String owner = owners.putIfAbsent(new Listen(address.value(), protocol), section.name());
    if (owner != null) {
      section.problem(
          address,
          "frontend "
              + Wording.quote(owner)
              + " listens on "
              + Address.format(address.value())
              + " ("
              + protocol.name().toLowerCase(Locale.ROOT)
              + ") already");
    }
  }

  private void checkPassthroughListen(Section section, Located<InetSocketAddress> address) {
    int port = address.value().getPort();
    if (address.value().getAddress().isAnyLocalAddress()) {
      section.problem(
          address,
          Address.format(address.value())
              + " is every address, and passthrough takes the frames of one; write the address that"
              + " clients connect to, such as \"192.0.2.10:"
              + port
              + "\"");
    } else if (address.value().getAddress() instanceof Inet6Address) {
      section.problem(address, NO_IPV6);
    } else if (address.value().getAddress().isMulticastAddress()) {
      section.problem(address, Address.format(address.value()) + " is a multicast address");
    }
    if (natPorts.contains(port)) {
      section.problem(
          address,
          "port "
              + port
              + " is one of the ports that source NAT uses, nat_ports "
              + natPorts
              + "; choose another, or set nat_ports = \""
              + without(port)
              + "\" in [passthrough]");
    }
  }

  /** The larger part of the NAT ports that is left when one is taken out. */
  private PortRange without(int port) {
    return port - natPorts.first() > natPorts.last() - port
        ? new PortRange(natPorts.first(), port - 1)
        : new PortRange(port + 1, natPorts.last());
  }

  private void refuseItself(Section section, InetSocketAddress listen, String backend) {
    ParsedBackend parsed = backends.get(backend);
    if (parsed != null) {
      parsed.addresses().values().stream()
          .filter(server -> server.value().equals(listen))
          .forEach(
              server ->
                  section.problem(
                      server,
                      Address.format(listen)
                          + " is where frontend "
                          + Wording.quote(section.name())
                          + " listens; a server listens elsewhere"));
    }
  }

  private void checkPassthroughServers(Section section, String backend) {
    ParsedBackend parsed = backends.get(backend);
    if (parsed == null || !refusedBackends.add(backend)) {
      return;
    }
    for (Located<InetSocketAddress> address : parsed.addresses().values()) {
      if (address.value().getAddress() instanceof Inet6Address) {
        section.problem(
            address, NO_IPV6 + "; frontend " + Wording.quote(section.name()) + " uses this server");
      }
    }
  }
}
