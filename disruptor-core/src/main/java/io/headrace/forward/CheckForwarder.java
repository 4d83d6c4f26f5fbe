package io.headrace.forward;

import io.headrace.config.DsrConfig.Way;
import io.headrace.conntrack.TcpState;
import io.headrace.packet.FiveTuple;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Parse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings the packets of health checks to servers of direct return by the way of clients' packets:
 * to the frontend's address, at one server. As Katran's health check forwarding, which marks the
 * packets instead.
 *
 * <p>A check runs on this machine, which holds the frontend's address itself, so it connects to a
 * <em>stand-in</em>: an address of a network that is not routed anywhere (for benchmarks: RFC 2544,
 * RFC 5180), one for each pair of a frontend and a server. What goes there becomes a packet from
 * this machine to the frontend, and the answer comes from the stand-in again:
 *
 * <pre>
 *   check                      this                                server
 *   198.18.0.1:p → 198.18.x.y:80    192.0.2.1:q → 192.0.2.100:80   holds 192.0.2.100
 * </pre>
 *
 * <p>The port q says which server an answer is from. A server that does not hold the frontend's
 * address and forwards packets sends them back here, where the pipeline would find them another
 * server; that they come back is seen, and no answer counts then.
 *
 * <p>Threading: {@link #standIn} may be called by any thread, the rest by one.
 */
public final class CheckForwarder {
  /** The check's own end, in a network of its stand-ins. */
  public static final Network IPV4 = new Network(IpAddress.parse("198.18.0.1"), 15);

  public static final Network IPV6 = new Network(IpAddress.parse("2001:2::1"), 64);

  /** As many as fit into the smaller network. */
  private static final int MOST_PAIRS = (1 << 17) - 4;

  private static final int FIRST_PORT = 32768;
  private static final int PORTS = 32768;

  private final Map<Way, DirectReturn> ways = DirectReturn.each(new LastHop());
  private final Map<Pair, Integer> indexes = new HashMap<>();
  private final List<Route> routes = new ArrayList<>();
  private final Flow[] flows = new Flow[PORTS];
  private final Map<End, Integer> ports = new HashMap<>();
  private int newest;

  /**
   * A network of stand-ins.
   *
   * @param own address of the machine in it, the first
   * @param prefixLength in bits
   */
  public record Network(IpAddress own, int prefixLength) {
    private IpAddress at(int index) {
      return new IpAddress(own.high(), own.low() + 1 + index);
    }

    private int index(FiveTuple packet) {
      IpAddress destination = destination(packet);
      long index = destination.low() - own.low() - 1;
      return destination.high() == own.high() && index >= 0 && index < MOST_PAIRS
          ? (int) index
          : -1;
    }
  }

  private record Pair(int frontend, int server) {}

  /**
   * What a stand-in means.
   *
   * @param source what the server sees as its client
   */
  private record Route(Pair pair, IpAddress source) {}

  /** The check's end of a flow. */
  private record End(int index, boolean ipv6, int protocol, int port) {}

  /** What a port stands for on the way to the server. */
  private static final class Flow {
    final End end;
    final IpAddress source;
    final IpAddress frontend;
    boolean cameBack;

    Flow(End end, IpAddress source, IpAddress frontend) {
      this.end = end;
      this.source = source;
      this.frontend = frontend;
    }
  }

  /**
   * The address that stands for a frontend's own at one server.
   *
   * @param frontend its id
   * @param server its id
   * @param source an address of this machine, of the frontend's family, that the server is to see
   * @throws IllegalStateException when there are too many
   */
  public synchronized IpAddress standIn(int frontend, int server, IpAddress source) {
    Pair pair = new Pair(frontend, server);
    Route route = new Route(pair, source);
    Integer known = indexes.get(pair);
    int index = known == null ? routes.size() : known;
    if (known != null) {
      routes.set(index, route);
    } else if (index < MOST_PAIRS) {
      indexes.put(pair, index);
      routes.add(route);
    } else {
      throw new IllegalStateException("more than " + MOST_PAIRS + " servers are checked");
    }
    return network(source.isIpv6()).at(index);
  }

  private synchronized Route route(int index) {
    return index >= 0 && index < routes.size() ? routes.get(index) : null;
  }

  private static Network network(boolean ipv6) {
    return ipv6 ? IPV6 : IPV4;
  }

  /**
   * Makes of a check's packet one of a client's.
   *
   * @param slot with a frame
   * @return whether it is to be sent, as the slot has it
   */
  public boolean toServer(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    if (headers.parse(slot.frame().buffer()) != Parse.FLOW) {
      return false;
    }
    boolean ipv6 = headers.isIpv6();
    int index = network(ipv6).index(headers);
    Route route = route(index);
    if (route == null || !table.knows(route.pair.frontend, route.pair.server)) {
      return false;
    }
    Frontend frontend = table.frontend(route.pair.frontend);
    Target target = table.target(route.pair.server);
    if (!target.hop().isResolved() || frontend.address().isIpv6() != ipv6) {
      return false;
    }
    End end = new End(index, ipv6, headers.protocol(), headers.sourcePort());
    int port = port(end);
    boolean opens = headers.protocol() == Ipv4.PROTOCOL_UDP || TcpState.opens(headers.tcpFlags());
    if (opens || flows[port] == null) {
      flows[port] = new Flow(end, route.source, frontend.address());
    }
    Flow flow = flows[port];
    slot.fromClient(Slot.NO_BUCKET, frontend);
    // Spread as a hash is: it chooses among outer sources and ports.
    slot.tupleHash(port * 0x9E3779B97F4A7C15L);
    rewrite(slot, flow.source, FIRST_PORT + port, frontend.address(), headers.destinationPort());
    ways.get(frontend.service().dsr().way()).forward(slot, target);
    return slot.verdict() == Verdict.FORWARD;
  }

  /** The index of its port; that of the oldest flow where it has none yet. */
  private int port(End end) {
    Integer known = ports.get(end);
    if (known != null) {
      return known;
    }
    newest = (newest + 1) % PORTS;
    if (flows[newest] != null) {
      ports.remove(flows[newest].end);
      flows[newest] = null;
    }
    ports.put(end, newest);
    return newest;
  }

  /**
   * Makes of a server's packet one that answers a check.
   *
   * @param slot with a frame that has come in
   * @param mac where the check's end gets frames
   * @return whether it is to be sent there
   */
  public boolean toCheck(Slot slot, long mac) {
    Headers headers = slot.headers();
    if (headers.parse(slot.frame().buffer()) != Parse.FLOW) {
      return false;
    }
    Flow back = flow(headers.sourcePort());
    if (back != null
        && source(headers).equals(back.source)
        && destination(headers).equals(back.frontend)) {
      back.cameBack = true;
      return false;
    }
    Flow flow = flow(headers.destinationPort());
    if (flow == null
        || flow.cameBack
        || flow.end.protocol != headers.protocol()
        || !destination(headers).equals(flow.source)
        || !source(headers).equals(flow.frontend)) {
      return false;
    }
    Network network = network(flow.end.ipv6);
    rewrite(slot, network.at(flow.end.index), headers.sourcePort(), network.own, flow.end.port);
    NatRewrite.link(slot.frame(), mac, mac);
    return true;
  }

  private Flow flow(int port) {
    return port < FIRST_PORT ? null : flows[port - FIRST_PORT];
  }

  private static void rewrite(
      Slot slot, IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
    Headers headers = slot.headers();
    if (headers.isIpv6()) {
      NatRewrite.rewrite(
          slot.frame(),
          headers,
          source.high(),
          source.low(),
          sourcePort,
          destination.high(),
          destination.low(),
          destinationPort);
    } else {
      NatRewrite.rewrite(
          slot.frame(), headers, source.ipv4(), sourcePort, destination.ipv4(), destinationPort);
    }
  }

  private static IpAddress source(FiveTuple packet) {
    return packet.isIpv6()
        ? new IpAddress(packet.sourceHigh(), packet.sourceLow())
        : IpAddress.ofIpv4(packet.sourceAddress());
  }

  private static IpAddress destination(FiveTuple packet) {
    return packet.isIpv6()
        ? new IpAddress(packet.destinationHigh(), packet.destinationLow())
        : IpAddress.ofIpv4(packet.destinationAddress());
  }
}
