package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Arm;
import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A testbed whose one balancer has many modes at once, for TCP and UDP each, to the same servers.
 * For direct server return these are set up by nothing but the commands that {@code headrace
 * dsr-setup} prints.
 */
final class EveryModeBed implements AutoCloseable {
  private static final int UDP_PORT = 5353;
  private static final int FIRST_HOST = 100;

  private final Testbed bed;
  private final List<Host> servers;
  private final List<Frontend> frontends = new ArrayList<>();
  private final RunningBalancer balancer;

  /**
   * One of the balancer's frontends.
   *
   * @param way of direct return, or another mode
   * @param family 4 or 6
   * @param serverFamily that of the servers' addresses
   * @param address which TCP has on port 80 and UDP on another
   */
  record Frontend(String way, int family, int serverFamily, String address) {
    String inUrl() {
      return EveryModeBed.inUrl(address);
    }

    boolean isDirect() {
      return !way.equals("proxy") && !way.equals("passthrough");
    }

    /** Whether a server has what came to its own address, else to the frontend's. */
    boolean changesDestination() {
      return !isDirect() || way.equals("nat");
    }

    boolean hasIpv6() {
      return family == 6 || serverFamily == 6;
    }
  }

  /**
   * Builds it and starts everything.
   *
   * @param bed which this closes
   * @param servers those of the bed that serve
   * @param io of the balancer
   * @param ways each as {@code ipip,6,4}: the way, the frontend's family, the servers'
   */
  EveryModeBed(Testbed bed, List<Host> servers, String io, List<String> ways) {
    this.bed = bed;
    this.servers = servers;
    try {
      for (String way : ways) {
        String[] parts = way.split(",");
        int family = Integer.parseInt(parts[1]);
        Arm arm = bed.balancer().arms().getFirst();
        String own = family == 6 ? arm.ipv6() : arm.address();
        String address = own.replaceAll("[0-9]+$", String.valueOf(FIRST_HOST + frontends.size()));
        Frontend frontend = new Frontend(parts[0], family, Integer.parseInt(parts[2]), address);
        if (!frontend.hasIpv6() || Arm.hasIpv6()) {
          frontends.add(frontend);
          hold(frontend);
        }
      }
      servers.forEach(NginxServer::start);
      Setup setup = setup(io);
      RunningBalancer.write(bed.balancer(), setup.toml());
      servers.forEach(each -> setUp(bed.balancer(), each));
      servers.forEach(this::echo);
      balancer = RunningBalancer.start(bed.balancer(), setup);
    } catch (RuntimeException | Error e) {
      bed.close();
      throw e;
    }
  }

  Host client() {
    return bed.client();
  }

  RunningBalancer balancer() {
    return balancer;
  }

  /** Where the balancer runs. */
  Host host() {
    return bed.balancer();
  }

  List<Host> servers() {
    return servers;
  }

  Testbed testbed() {
    return bed;
  }

  Frontend frontend(String way, int family, int serverFamily) {
    return frontends.stream()
        .filter(each -> each.way.equals(way))
        .filter(each -> each.family == family && each.serverFamily == serverFamily)
        .findFirst()
        .orElseThrow();
  }

  /** Gives the balancer an address that it does not send from by itself. */
  private void hold(Frontend frontend) {
    String add = "ip address add %s/%s dev eth0";
    Shell.run(
        bed.balancer(),
        frontend.family == 6
            ? add.formatted(frontend.address, "128 nodad preferred_lft 0")
            : add.formatted(frontend.address, "32"));
  }

  private Setup setup(String io) {
    StringBuilder more = new StringBuilder();
    for (Frontend each : frontends) {
      String name = each.way + each.family + each.serverFamily;
      more.append(frontend(each, name, "tcp", NginxServer.PORT));
      more.append(frontend(each, name, "udp", UDP_PORT));
    }
    for (int family : Arm.hasIpv6() ? new int[] {4, 6} : new int[] {4}) {
      more.append(backend("tcp" + family, family, NginxServer.PORT));
      more.append(backend("udp" + family, family, UDP_PORT));
    }
    Setup setup = Setup.http(bed, io).also(more.toString());
    bed.servers().stream().filter(each -> !servers.contains(each)).forEach(setup::without);
    return setup;
  }

  private static String frontend(Frontend frontend, String name, String protocol, int port) {
    return """
        [frontends.%1$s_%2$s]
        listen_addr = "%3$s:%4$d"
        protocol = "%2$s"
        mode = "%5$s"
        %6$s
        backend = "%2$s%7$d"
        """
        .formatted(
            name,
            protocol,
            frontend.inUrl(),
            port,
            frontend.isDirect() ? "dsr" : frontend.way,
            frontend.isDirect() ? "dsr = " + Setup.quote(frontend.way) : "",
            frontend.serverFamily);
  }

  private String backend(String name, int family, int port) {
    return "[backends.%s.servers]\n".formatted(name)
        + servers.stream()
            .map(
                each ->
                    "%s = { addr = \"%s:%d\" }\n"
                        .formatted(each.name(), inUrl(address(each, family)), port))
            .collect(Collectors.joining());
  }

  /** Runs on a server what the command prints for it. */
  static void setUp(Host balancer, Host server) {
    Result printed = balancer.run(RunningBalancer.dsrSetup(balancer, "--server", server.name()));
    assertTrue(printed.ok(), printed::toString);
    assertEquals("", printed.err());
    assertFalse(printed.out().isBlank());
    boolean tunnels = printed.out().contains("ip link add");
    boolean helped = tunnels && !Decapsulator.isKernelAbleTo(server);
    String commands =
        printed
            .out()
            .lines()
            .filter(line -> !helped || !line.matches("(modprobe|ip link|ip fou) .*"))
            .collect(Collectors.joining("\n"));
    for (int time = 0; time < 2; time++) {
      Shell.run(server, commands);
    }
    if (helped) {
      Decapsulator.start(server);
    }
  }

  /** A UDP service has to answer from the address that was asked. */
  private void echo(Host server) {
    Set<Object> addresses = new LinkedHashSet<>();
    for (Frontend each : frontends) {
      addresses.add(each.changesDestination() ? address(server, each.serverFamily) : each.address);
    }
    List<Object> arguments = new ArrayList<>(List.of(UDP_PORT));
    arguments.addAll(addresses);
    JavaProgram.start(server, UdpEcho.class, arguments.toArray())
        .awaitOutput("ready", Duration.ofSeconds(30));
  }

  static String address(Host host, int family) {
    return family == 6 ? host.ipv6() : host.address();
  }

  static String inUrl(String address) {
    return address.contains(":") ? "[" + address + "]" : address;
  }

  /** Moves big bodies, and compares them. */
  void assertExact(String kind, String address, int count) {
    String result = Transfers.run(client(), kind, address, count);
    assertEquals("exact: " + count, result, () -> balancer.log() + balancer.stats());
  }

  /** Has datagrams echoed. */
  void assertEchoed(Frontend frontend, int count, int longest) {
    int answered = UdpAsker.run(client(), frontend.address, UDP_PORT, count, longest);
    assertEquals(count, answered, () -> balancer.log() + balancer.stats());
  }

  @Override
  public void close() {
    bed.close();
  }
}
