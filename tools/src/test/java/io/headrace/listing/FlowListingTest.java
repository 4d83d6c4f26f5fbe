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
    return new StoredFlow(
        protocol,
        0x0A00_0000 + client,
        40_000 + client,
        network + 1,
        protocol == TCP ? 80 : 53,
        network + server,
        port,
        network + 1,
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
        "server | [2001:db8::1]:80 | IPv6",
        "client | somebody | \"somebody\" is no IPv4 address",
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
