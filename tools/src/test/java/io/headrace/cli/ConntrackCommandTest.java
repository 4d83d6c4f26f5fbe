package io.headrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.admin.AdminServer;
import io.headrace.admin.Media;
import io.headrace.admin.Site;
import io.headrace.admin.Site.Page;
import io.headrace.admin.Site.Refusal;
import io.headrace.config.Timeouts;
import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowListener;
import io.headrace.conntrack.FlowTuple;
import io.headrace.conntrack.Limits;
import io.headrace.conntrack.NatPorts;
import io.headrace.counters.Counters;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Tcp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code headrace conntrack} shows of a flow file, and of what answers as a balancer does. */
class ConntrackCommandTest {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;
  private static final int TCP = 6;
  private static final String A_FLOW =
      "{\"protocol\":\"tcp\",\"state\":\"syn_received\",\"frontend\":\"web\","
          + "\"client\":\"203.0.113.250:54321\",\"service\":\"10.0.0.2:80\",\"backend\":\"pool\","
          + "\"server\":\"a\",\"server_address\":\"10.0.0.11:80\",\"nat\":\"10.0.0.2:10007\","
          + "\"client_mac\":\"02:00:00:00:00:01\",\"expires_s\":29,\"durable\":false}";

  private final Site site = new Site();
  private final PrintStream standardOutput = System.out;
  private final PrintStream standardError = System.err;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  @TempDir private Path directory;
  private Path config;
  private Path flows;

  @BeforeEach
  void prepare() throws IOException {
    flows = directory.resolve("flows");
    config = directory.resolve("config.toml");
    configure("");
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
  }

  private void configure(String more) throws IOException {
    Files.writeString(
        config,
        """
        [frontends.web]
        listen_addr = "10.0.0.2:80"
        backend = "pool"
        [backends.pool.servers.a]
        addr = "10.0.0.11:80"
        [passthrough]
        connection_tracker_file = "flows"
        """
            + more);
  }

  @AfterEach
  void restore() {
    System.setOut(standardOutput);
    System.setErr(standardError);
  }

  @Test
  void theFlowsOfAStoppedBalancerAreATable() {
    fill();
    assertEquals(DONE, conntrack("list"), this::said);
    List<String> rows = shown().lines().sorted().toList();
    assertEquals(4, rows.size(), this::said);
    assertEquals(
        "PROTO STATE         CLIENT                FRONTEND     SERVER         NAT LEFT/s",
        rows.getFirst());
    assertTrue(
        rows.get(1)
            .matches("tcp   established   10\\.1\\.0\\.0:40000 {8}web {10}a {12}\\d{5}      -"),
        rows.get(1));
    assertTrue(rows.get(3).contains(" web          10.0.0.99:80 "), "a server that is gone");
    assertTrue(
        errors.toString(StandardCharsets.UTF_8).contains("no balancer runs; this is its flow file"),
        this::said);
  }

  @Test
  void theFlowsOfAStoppedBalancerAreFilteredCountedAndExported() {
    fill();
    assertEquals(DONE, conntrack("export", "--client", "10.1.0.1"), this::said);
    assertEquals(1, shown().lines().count());
    assertTrue(shown().startsWith("{\"protocol\":\"tcp\",\"state\":\"established\""), this::said);
    output.reset();
    assertEquals(DONE, conntrack("list", "--json", "--server", "a"), this::said);
    assertTrue(shown().matches("(?s)\\[\n\\{.*\\},\n\\{.*\\}\n]\n"), this::said);
    output.reset();
    assertEquals(DONE, conntrack("list", "--json", "--state", "reset"), this::said);
    assertEquals("[]\n", shown());
    output.reset();
    assertEquals(DONE, conntrack("count"), this::said);
    assertEquals("flows                                  3", shown().lines().toList().getFirst());
    assertTrue(shown().contains("\n  established                          3\n"), this::said);
    assertTrue(shown().matches("(?s).*capacity +1,000\nfile_bytes +[0-9,]+\n"), this::said);
    output.reset();
    assertEquals(DONE, conntrack("count", "--json", "--server", "10.0.0.99:80"), this::said);
    assertTrue(shown().contains("\"established\" : 1"), this::said);
  }

  @Test
  void whatCannotBeToldIsALineAndAStatus() throws IOException {
    assertLine(FAILED, "there is no such file", "list");
    assertLine(
        WRONG_USAGE, "missing.toml: no such file", "list", "--state", "reset", "missing.toml");
    fill();
    assertEquals(WRONG_USAGE, conntrack("list", "--server", "b"), this::said);
    assertTrue(said().contains("there is no server \"b\"; there is a\n"), this::said);
    assertEquals("", shown());
    Files.writeString(flows, "no flow file at all");
    assertLine(FAILED, "flows is damaged: its header is incomplete", "export");
  }

  @Test
  void aRunningBalancerIsAsked() throws IOException {
    List<Map<String, String>> asked = new ArrayList<>();
    try (AdminServer _ = balancer()) {
      serve(
          "/conntrack/flows",
          (query, out) -> {
            asked.add(query);
            out.write((A_FLOW + "\n").getBytes(StandardCharsets.UTF_8));
          });
      assertEquals(
          DONE, conntrack("list", "--client", "203.0.113.0/24", "--state", "syn_received"));
      assertEquals(List.of(Map.of("client", "203.0.113.0/24", "state", "syn_received")), asked);
      assertEquals(
          "tcp   syn_received  203.0.113.250:54321   web          a            10007     29",
          shown().lines().toList().getLast());
      output.reset();
      assertEquals(DONE, conntrack("export"));
      assertEquals(A_FLOW + "\n", shown());
      assertEquals("", errors.toString(StandardCharsets.UTF_8));
    }
  }

  @Test
  void itsCountsAreAmongItsStatistics() throws IOException {
    try (AdminServer _ = balancer()) {
      serve(
          "/stats",
          (_, out) ->
              out.write(
                  """
                  {"frames": {"received": 1}, "conntrack":
                  {"flows": {"established": 4999, "reset": 1, "udp_replied": 0}, "hits": 123456}}
                  """
                      .getBytes(StandardCharsets.UTF_8)));
      assertEquals(DONE, conntrack("count"), this::said);
      assertEquals(
          """
          flows                              5,000
            established                      4,999
            reset                                1
          hits                             123,456
          """,
          shown());
    }
  }

  @Test
  void aBalancerThatDoesNotAnswerIsALine() throws IOException {
    try (AdminServer _ = balancer()) {
      Map<String, Page> pages = new HashMap<>();
      pages.put(
          "/conntrack/flows",
          page(
              (query, out) -> {
                if (query.isEmpty()) {
                  out.write((A_FLOW + "\n").repeat(1000).getBytes(StandardCharsets.UTF_8));
                  throw new IOException("gone");
                }
                throw new Refusal(query.containsKey("state") ? 503 : 400, "not you");
              }));
      pages.put("/stats", page((_, out) -> out.write("{}".getBytes(StandardCharsets.UTF_8))));
      site.serve(pages, Map.of());
      assertLine(FAILED, "the balancer's answer is cut short", "export");
      assertLine(WRONG_USAGE, "not you", "export", "--server", "x");
      assertLine(FAILED, "the balancer does not answer: not you", "export", "--state", "reset");
      assertLine(
          FAILED, "is no balancer of this version: it answers 404", "count", "--server", "a");
      assertLine(FAILED, "is no balancer of this version: it answers 404", "count");
    }
  }

  @Test
  void aBalancerThatEndsMeanwhileIsALine() throws IOException {
    try (AdminServer _ = balancer()) {
      serve(
          "/stats",
          (_, out) -> out.write("{\"conntrack\": {\"flows\":".getBytes(StandardCharsets.UTF_8)));
      assertLine(FAILED, "the balancer's answer is cut short", "count");
    }
  }

  @Test
  void anOutputThatNobodyTakesEndsIt() throws IOException {
    fill();
    System.setOut(
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
              }
            }));
    for (String[] command : new String[][] {{"list"}, {"list", "--json"}, {"export"}, {"count"}}) {
      errors.reset();
      assertEquals(FAILED, conntrack(command));
      String said = errors.toString(StandardCharsets.UTF_8);
      assertEquals("headrace: cannot write to standard output", said.lines().toList().getLast());
      assertEquals(2, said.lines().count(), said);
    }
  }

  private interface Answer {
    void write(Map<String, String> query, OutputStream out) throws IOException;
  }

  private static Page page(Answer answer) {
    return new Page() {
      @Override
      public Media media() {
        return Media.JSON;
      }

      @Override
      public void write(Map<String, String> query, OutputStream out) throws IOException {
        answer.write(query, out);
      }
    };
  }

  private void serve(String path, Answer answer) {
    site.serve(Map.of(path, page(answer)), Map.of());
  }

  /** One whose address is in the configuration. */
  private AdminServer balancer() throws IOException {
    AdminServer balancer =
        new AdminServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), site, Optional.empty());
    configure("[stats]\nport = " + balancer.address().getPort() + "\n");
    return balancer;
  }

  /** Two connections to the server, and one to another that is not configured any more. */
  private void fill() {
    BitSet ports = new BitSet();
    ports.set(10_000, 20_000);
    try (FlowFile file = FlowFile.open(flows, 1000, FlowHash.random());
        Conntrack table =
            new Conntrack(
                new Limits(1000, 500, 0),
                file.hash(),
                new NatPorts(ports),
                Timeouts.DEFAULT,
                file.store(new int[1]),
                FlowListener.NOBODY,
                ConntrackCounters.create(Counters.inMemory(), 0))) {
      for (int i = 0; i < 3; i++) {
        int client = 0x0A01_0000 + i;
        int flow =
            table.create(
                file.hash().bucket(TCP, client, 40_000),
                new FlowTuple().ipv4(TCP, client, 40_000, 0x0A00_0002, 80),
                IpAddress.parse(i < 2 ? "10.0.0.11" : "10.0.0.99"),
                80,
                0,
                0,
                new IpAddress[] {IpAddress.parse("10.0.0.2")},
                0);
        table.track(flow, false, Tcp.SYN | Tcp.ACK, 0);
        table.track(flow, true, Tcp.ACK, 0);
      }
    }
  }

  private int conntrack(String command, String... options) {
    List<String> arguments = new ArrayList<>(List.of("conntrack", command));
    arguments.addAll(List.of(options));
    if (!arguments.getLast().endsWith(".toml")) {
      arguments.add(config.toString());
    }
    return Headrace.execute(arguments.toArray(String[]::new));
  }

  private int conntrack(String[] command) {
    return conntrack(command[0], Arrays.copyOfRange(command, 1, command.length));
  }

  private void assertLine(int status, String text, String command, String... options) {
    errors.reset();
    assertEquals(status, conntrack(command, options), this::said);
    String said = errors.toString(StandardCharsets.UTF_8);
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.contains(text), said);
  }

  private String shown() {
    return output.toString(StandardCharsets.UTF_8);
  }

  private String said() {
    return shown() + errors.toString(StandardCharsets.UTF_8);
  }
}
