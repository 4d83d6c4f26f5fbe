package io.headrace.config;

import io.headrace.config.PassthroughConfig.PortRange;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads {@code [frontends.NAME]}, and holds each against the backends and the NAT ports. */
final class FrontendReader {
  private static final Logger LOG = LoggerFactory.getLogger(FrontendReader.class);

  private static final Key<InetSocketAddress> LISTEN_ADDR =
      Key.required(
          "listen_addr",
          Types.address(),
          "\"192.0.2.10:80\"",
          "an address of this machine and a port, `\"192.0.2.10:80\"` or `\"[2001:db8::1]:80\"`, no"
              + " host name. `\"0.0.0.0:80\"`, every address, in mode proxy over TCP alone");

  private static final Key<String> BACKEND =
      Key.required("backend", Types.text(), "\"NAME\"", "the name of a backend");

  private static final Key<Protocol> PROTOCOL =
      Key.of(
          "protocol",
          Types.choice(Protocol.class),
          Protocol.TCP,
          "\"udp\"",
          "in mode proxy, an empty datagram is not carried");

  private static final Key<Mode> MODE =
      Key.optional(
          "mode",
          Types.choice(Mode.class),
          "the command line's: `\"proxy\"`, or `-p`, `-d`",
          "\"passthrough\"",
          "how traffic reaches the servers; `\"dsr\"` is direct server return: servers answer"
              + " clients by themselves");

  private static final Key<Source> SOURCE =
      Key.of(
          "source",
          Types.choice(Source.class),
          Source.NAT,
          "\"client\"",
          "in mode passthrough, whom servers see: `\"nat\"`, the balancer; `\"client\"`, the client"
              + " itself, and servers have to route their answers through the balancer");

  private static final Key<Section> XDP =
      Key.optional(
          "xdp",
          new Type<>("a table", Map.of("type", "object"), FrontendReader::ignore, _ -> ""),
          "",
          "",
          "a setting of Convey's, without effect here");

  static final List<Key<?>> KEYS =
      Stream.of(
              Stream.of(LISTEN_ADDR, BACKEND, MODE, PROTOCOL, SOURCE, XDP),
              DsrConfig.KEYS.stream(),
              ProxyFrontendReader.KEYS.stream())
          .flatMap(keys -> keys)
          .toList();

  private final Mode defaultMode;
  private final Set<String> backendNames;
  private final Map<String, ParsedBackend> backends;
  private final PortRange natPorts;
  private final Map<Listen, String> owners = new HashMap<>();
  private final Set<Family> checkedFamilies = new HashSet<>();
  private final HashRules hashRules = new HashRules();
  private final Map<String, FrontendConfig> frontends = new LinkedHashMap<>();

  private record Listen(InetSocketAddress address, Protocol protocol) {}

  /** That the servers of a backend are to be of. */
  private record Family(String backend, boolean ipv6) {}

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
    Optional<Located<InetSocketAddress>> listen = section.find(LISTEN_ADDR);
    Optional<Located<String>> backend = section.find(BACKEND);
    Protocol protocol = section.get(PROTOCOL);
    Mode mode = readMode(section);
    ProxyFrontendConfig proxy =
        ProxyFrontendReader.read(section, mode, protocol, this::checkReference);
    Source source = readSource(section, mode);
    DsrConfig dsr = DsrConfig.read(section, mode, protocol);
    section.find(XDP);

    backend.ifPresent(name -> checkReference(section, name));
    listen.ifPresent(address -> checkUnique(section, address, protocol));
    if (mode.isOfFrames()) {
      listen.ifPresent(address -> checkFramesListen(section, address, mode));
      if (listen.isPresent() && backend.isPresent() && !dsr.way().isTunnel()) {
        checkFramesServers(section, listen.get().value(), backend.get().value(), mode);
      }
    } else {
      listen.ifPresent(address -> checkProxyListen(section, address, protocol));
    }
    if (mode == Mode.PASSTHROUGH && source == Source.NAT) {
      listen.ifPresent(address -> checkNatPorts(section, address));
    }
    if (listen.isPresent() && backend.isPresent()) {
      if (mode == Mode.DSR || source == Source.CLIENT) {
        Optional.ofNullable(backends.get(backend.get().value()))
            .ifPresent(
                pool ->
                    hashRules.check(
                        section, listen.get().value(), protocol, backend.get(), pool, mode, dsr));
      }
      refuseItself(section, listen.get().value(), backend.get().value());
      frontends.put(
          section.name(),
          new FrontendConfig(
              section.name(),
              listen.get().value(),
              protocol,
              mode,
              source,
              backend.get().value(),
              proxy,
              dsr));
    }
  }

  private static Optional<Section> ignore(Section section, String key, Located<Object> found) {
    if (!(found.value() instanceof Table)) {
      return Types.wrongType(section, key, found, "a table");
    }
    LOG.info("{}: xdp is a setting of Convey's and has no effect here", section.title());
    return Optional.empty();
  }

  private static Source readSource(Section section, Mode mode) {
    if (mode != Mode.PASSTHROUGH) {
      section
          .raw(SOURCE)
          .ifPresent(
              found -> section.problem(found, "source is a setting of mode \"passthrough\" alone"));
      return Source.NAT;
    }
    return section.get(SOURCE);
  }

  private Mode readMode(Section section) {
    return section.find(MODE).map(Located::value).orElse(defaultMode);
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

  private static void checkFramesListen(
      Section section, Located<InetSocketAddress> address, Mode mode) {
    if (address.value().getAddress().isAnyLocalAddress()) {
      section.problem(
          address,
          Address.format(address.value())
              + " is every address, and "
              + name(mode)
              + " takes the frames of one; write the address that"
              + " clients connect to, such as \"192.0.2.10:"
              + address.value().getPort()
              + "\"");
    } else if (address.value().getAddress().isLinkLocalAddress()) {
      section.problem(
          address,
          Address.format(address.value())
              + " is a link-local address, which means another machine on each interface; write one"
              + " of this machine that is unique");
    } else if (address.value().getAddress().isMulticastAddress()) {
      section.problem(address, Address.format(address.value()) + " is a multicast address");
    }
  }

  private static String name(Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  private void checkNatPorts(Section section, Located<InetSocketAddress> address) {
    int port = address.value().getPort();
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

  private void checkFramesServers(
      Section section, InetSocketAddress listen, String backend, Mode mode) {
    ParsedBackend parsed = backends.get(backend);
    boolean ipv6 = isIpv6(listen);
    if (parsed == null || !checkedFamilies.add(new Family(backend, ipv6))) {
      return;
    }
    for (Located<InetSocketAddress> address : parsed.addresses().values()) {
      if (isIpv6(address.value()) != ipv6) {
        section.problem(
            address,
            Address.format(address.value())
                + (ipv6 ? " is IPv4, and frontend " : " is IPv6, and frontend ")
                + Wording.quote(section.name())
                + (ipv6 ? " listens on IPv6" : " listens on IPv4")
                + ": in "
                + name(mode)
                + (mode == Mode.DSR
                    ? " both are of one family, unless dsr is \"ipip\" or \"gue\""
                    : " both are of one family; use mode = \"proxy\" for this one"));
      }
    }
  }

  private static boolean isIpv6(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address;
  }
}
