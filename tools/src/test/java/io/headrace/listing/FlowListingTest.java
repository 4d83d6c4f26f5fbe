package io.headrace.listing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.conntrack.FlowState;
import io.headrace.conntrack.FlowView;
import io.headrace.conntrack.StoredFlow;
import io.headrace.packet.IpAddress;
import io.headrace.registry.Registry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowListingTest {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final String CONFIG =
      """
      [frontends.web]
      listen_addr = "192.0.2.1:80"
      backend = "pool"
      [frontends.dns]
      listen_addr = "192.0.2.1:53"
      protocol = "udp"
      backend = "resolvers"
      [backends.pool.servers]
      one = { addr = "192.0.2.21:8080" }
      "t\\"wo" = { addr = "192.0.2.22:8080" }
      [backends.resolvers.servers]
      one = { addr = "192.0.2.31:53" }
      """;

  private FlowNames names;

  /** Clients end in 1 to 4. */
  private final FlowSource source =
      new FlowSource() {
        @Override
        public FlowNames names() {
          return names;
        }

        @Override
        public void forEach(Action action) throws IOException {
          FlowView view = new FlowView();
          action.accept(view.copy(flow(TCP, 1, 21, 8080), 0, 0));
          action.accept(view.copy(flow(TCP, 2, 22, 8080), 1, 0));
          action.accept(view.copy(flow(UDP, 3, 31, 53), 2, 1));
          action.accept(view.copy(flow(TCP, 4, 99, 8080), FlowView.UNKNOWN, FlowView.UNKNOWN));
        }
      };

  @BeforeEach
  void configure() throws ConfigException {
    Config config = ConfigReader.read(CONFIG, Path.of("config.toml"), Mode.PASSTHROUGH);
    names = FlowNames.of(new Registry(config).snapshot());
  }

  private static StoredFlow flow(int protocol, int client, int server, int port) {
    int network = 0xC000_0200;
    return flow(
        protocol,
        client,
        IpAddress.ofIpv4(0x0A00_0000 + client),
        IpAddress.ofIpv4(network + 1),
        IpAddress.ofIpv4(network + server),
        port);
  }

  private static StoredFlow flow(
      int protocol,
      int client,
      IpAddress clientAddress,
      IpAddress service,
      IpAddress server,
      int port) {
    return new StoredFlow(
        protocol,
        clientAddress,
        40_000 + client,
        service,
        protocol == TCP ? 80 : 53,
        server,
        port,
        service,
        10_000 + client,
        0x0200_5E00_00F0L + client,
        0,
        1500);
  }

  @Test
  void aFlowIsAJsonObjectOnALine() throws IOException {
    List<String> lines = list(Map.of()).lines().toList();
    assertEquals(4, lines.size());
    assertEquals(
        "{\"protocol\":\"tcp\",\"state\":\"established\",\"frontend\":\"web\","
            + "\"client\":\"10.0.0.2:40002\",\"service\":\"192.0.2.1:80\","
            + "\"backend\":\"pool\",\"server\":\"t\\\"wo\",\"server_address\":\"192.0.2.22:8080\","
            + "\"nat\":\"192.0.2.1:10002\",\"client_mac\":\"02:00:5e:00:00:f2\",\"durable\":true}",
        lines.get(1));
    assertTrue(lines.get(2).contains("\"udp\",\"state\":\"udp_replied\",\"frontend\":\"dns\""));
    assertTrue(
        lines.get(3).startsWith("{\"protocol\":\"tcp\",\"state\":\"established\",\"client\""),
        "a frontend and a server that are not configured have no name");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "frontend | web | 12",
        "frontend | dns | 3",
        "server | one | 13",
        "server | resolvers/one | 3",
        "server | 192.0.2.99:8080 | 4",
        "server | 192.0.2.21:80 | ''",
        "server | [2001:db8::1]:80 | ''",
        "client | 2001:db8::/32 | ''",
        "client | 10.0.0.4 | 4",
        "client | 10.0.0.2/31 | 23",
        "state | udp_replied | 3",
        "state | established,udp_replied | 1234",
        "state | syn_sent | ''"
      })
  void aFilterLetsPassWhatItNames(String kind, String text, String clients) throws IOException {
    StringBuilder found = new StringBuilder();
    list(Map.of(kind, text))
        .lines()
        .forEach(line -> found.append(line.replaceAll(".*:4000(\\d)\".*", "$1")));
    assertEquals(clients, found.toString());
  }

  @Test
  void allPartsOfAFilterMustLetItPass() throws IOException {
    assertEquals(1, list(Map.of("server", "one", "state", "established")).lines().count());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "frontend | mail | there is no frontend \"mail\"; there is web, dns",
        "server | web-9 | there is no server \"web-9\"; there is one, t\"wo",
        "server | 10.0.0.300:1 | 300",
        "server | [2001:db8::1] | has no port",
        "client | somebody | \"somebody\" is no address and no network",
        "state | open | there is no state \"open\"; there is syn_sent, syn_received, established",
        "state | syn_sent, | there is no state \"\"",
        "port | 80 | flows have no \"port\"; there is frontend, server, client, state"
      })
  void aFilterThatMakesNoSenseIsRefusedInALine(String kind, String text, String reason) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> list(Map.of(kind, text))).getMessage();
    assertTrue(message.contains(reason), message);
    assertEquals(1, message.lines().count());
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8::1, 2001:db8::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:0db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "fd00:0:0:0:a0b:0c0d:0:0, fd00::a0b:c0d:0:0",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
  })
  void anAddressOfIpv6IsInTheFormOfRfc5952(String address, String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FlowJson json = new FlowJson(out, names, 0);
    IpAddress other = IpAddress.parse("2001:db8::ff");
    json.write(new FlowView().copy(flow(TCP, 5, IpAddress.parse(address), other, other, 80), 0, 0));
    json.flush();
    String line = out.toString(StandardCharsets.UTF_8);
    assertTrue(line.contains("\"client\":\"[" + text + "]:40005\""), line);
    assertTrue(line.contains("\"nat\":\"[2001:db8::ff]:10005\""), line);
  }

  @Test
  void flowsAreCountedByState() throws IOException {
    long[] counts = FlowListing.count(source, new FlowFilter(Map.of(), names));
    assertEquals(3, counts[FlowState.ESTABLISHED.ordinal()]);
    assertEquals(1, counts[FlowState.UDP_REPLIED.ordinal()]);
    assertEquals(0, counts[FlowState.TIME_WAIT.ordinal()]);
  }

  /** The garbage of a million flows would make the collector stop the data path. */
  @Test
  void aFlowAllocatesNothing() throws IOException {
    FlowJson json = new FlowJson(OutputStream.nullOutputStream(), names, 0);
    FlowView view = new FlowView().copy(flow(TCP, 2, 22, 8080), 1, 0);
    FlowFilter filter = new FlowFilter(Map.of("server", "t\"wo", "client", "10.0.0.0/8"), names);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 50; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int flow = 0; flow < 1000; flow++) {
        if (filter.passes(view)) {
          json.write(view);
        }
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertTrue(least < 1000, "bytes for 1000 flows, once compiled: " + least);
  }

  private String list(Map<String, String> wanted) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FlowListing.list(source, new FlowFilter(wanted, names), out);
    return out.toString(StandardCharsets.UTF_8);
  }
}
