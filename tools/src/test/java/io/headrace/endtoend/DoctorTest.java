package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.headrace.bpf.Assembler;
import io.headrace.bpf.BpfProgram;
import io.headrace.bpf.Register;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.doctor.Diagnosis;
import io.headrace.doctor.DiagnosisText;
import io.headrace.doctor.Finding.Level;
import io.headrace.doctor.Live;
import io.headrace.link.HostClaim;
import io.headrace.link.IngressFilter;
import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The doctor on set-ups that are broken on purpose, each in one way: the right cause comes first.
 * One network serves all; each test breaks it and mends it.
 */
@RequiresTestbed
class DoctorTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int SCREEN_LINES = 24;
  private static final int SCREEN_COLUMNS = 80;
  private static final String SERVER = "192.0.2.21";
  private static final String LISTEN = "198.51.100.1";

  private static Testbed bed;
  private static Host box;
  private static ExecutorService onBox;

  @BeforeAll
  static void makeTestbed() {
    bed = Testbed.twoArm(2);
    box = bed.balancer();
    bed.servers().forEach(NginxServer::start);
    onBox = Executors.newSingleThreadExecutor(box.threads());
  }

  @AfterAll
  static void removeTestbed() {
    onBox.shutdownNow();
    bed.close();
  }

  /** What is broken, and how: commands by the host that runs them. */
  private record Case(String name, String check, String words, Setup setup, Break how) {
    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * @param mend puts it right again
   */
  private record Break(Host host, String command, String mend) {}

  private static Case wrong(String name, String check, String words, Setup setup) {
    return new Case(name, check, words, setup, new Break(box, "true", "true"));
  }

  private static Case broken(String name, String check, String words, Break how) {
    return new Case(name, check, words, setup(), how);
  }

  private static Setup setup() {
    return Setup.http(bed, "packet")
        .set("connection_tracker_file", Setup.quote(box.directory().resolve("flows").toString()));
  }

  private static Setup proxy() {
    return setup().frontend("mode", "\"proxy\"");
  }

  private static Break on(Host host, String command, String mend) {
    return new Break(host, command, mend);
  }

  /** No machine that has a core for each thread can be broken in that way. */
  static Stream<Case> possible() {
    return cases()
        .filter(
            each ->
                !each.check().equals("cores") || Runtime.getRuntime().availableProcessors() < 18);
  }

  private static Stream<Case> cases() {
    Host client = bed.client();
    Host server = bed.servers().getFirst();
    String reserved = "/proc/sys/net/ipv4/ip_local_reserved_ports";
    String inTheSwitch = "ip -n " + bed.id() + "-switch link set dev ";
    return Stream.of(
        broken(
            "the clients' interface is down",
            "interfaces",
            "eth0, the interface of frontend main, is down",
            on(box, "ip link set dev eth0 down", "ip link set dev eth0 up")),
        broken(
            "the servers' interface has no link",
            "interfaces",
            "eth1, the interface of server pool/server1, is down or has no link",
            on(box, inTheSwitch + "balancer-eth1 down", inTheSwitch + "balancer-eth1 up")),
        broken(
            "the frontend's address is on no interface",
            "addresses",
            LISTEN + " is on no interface",
            on(
                box,
                "ip address del " + LISTEN + "/24 dev eth0",
                "ip address add " + LISTEN + "/24 dev eth0")),
        wrong(
            "the frontend is on the loopback",
            "addresses",
            "on the loopback",
            setup().listen("127.0.0.1:80")),
        wrong(
            "an address for NAT is on no interface",
            "addresses",
            "source_addrs: 192.0.2.77 is on no interface",
            setup().set("source_addrs", "[\"192.0.2.77\"]")),
        broken(
            "another machine has the frontend's address",
            "conflicts",
            "answers ARP for " + LISTEN + " on eth0, too",
            on(
                client,
                "ip address add " + LISTEN + "/32 dev eth0",
                "ip address del " + LISTEN + "/32 dev eth0")),
        broken(
            "all NAT ports are reserved",
            "nat ports",
            "only 0 of 22768 are free",
            on(box, "echo 10000-32767 >" + reserved, "echo >" + reserved)),
        wrong(
            "the flow file cannot be made",
            "flow file",
            "cannot make /nowhere/at/all",
            setup().set("connection_tracker_file", "\"/nowhere/at/all\"")),
        broken(
            "a firewall that lets nothing in",
            "firewall",
            "drops the answers to the checks of server pool/server1: chain inet f in, its policy",
            on(
                box,
                "nft 'add table inet f; add chain inet f in"
                    + " { type filter hook input priority 0; policy drop; }'",
                "nft delete table inet f")),
        broken(
            "a firewall rule against the servers' port",
            "firewall",
            "drops the checks of server pool/server1: chain ip f out, the rule with handle",
            on(
                box,
                "nft 'add table ip f; add chain ip f out { type filter hook output priority 0; };"
                    + " add rule ip f out ip daddr 192.0.2.0/24 tcp dport { 80, 443 } drop'",
                "nft delete table ip f")),
        broken(
            "a firewall on the way out of the interface",
            "firewall",
            "drops all packets to server pool/server1: chain netdev f e",
            on(
                box,
                "nft 'add table netdev f; add chain netdev f e"
                    + " { type filter hook egress device eth1 priority 0; };"
                    + " add rule netdev f e tcp dport 80 drop'",
                "nft delete table netdev f")),
        new Case(
            "a firewall against the clients of mode proxy",
            "firewall",
            "drops clients' packets to frontend main: chain inet f in, its policy",
            proxy(),
            on(
                box,
                "nft 'add table inet f; add chain inet f in"
                    + " { type filter hook input priority 0; policy drop; };"
                    + " add rule inet f in ct state established,related accept;"
                    + " add rule inet f in tcp dport 22 accept'",
                "nft delete table inet f")),
        wrong(
            "no route to a server",
            "routes",
            "no route to server pool/far (203.0.113.5)",
            setup().server("far", "203.0.113.5:80", 1)),
        wrong(
            "a server that is this machine",
            "routes",
            "is this machine itself",
            setup().server("self", "192.0.2.1:8080", 1)),
        wrong(
            "a server that is switched off",
            "neighbours",
            "server pool/off, 192.0.2.99, does not answer ARP on eth1",
            setup().server("off", "192.0.2.99:80", 1)),
        broken(
            "a wrong entry among the neighbours",
            "neighbours",
            "server pool/server1, 192.0.2.21, has a fixed entry",
            on(
                box,
                "ip neighbour replace %s lladdr 02:00:00:00:00:99 dev eth1 nud permanent"
                    .formatted(SERVER),
                "ip neighbour del %s dev eth1".formatted(SERVER))),
        wrong(
            "a server on another port",
            "servers",
            "server pool/odd (192.0.2.21:81) refuses connections",
            setup().server("odd", SERVER + ":81", 1)),
        broken(
            "a server's own firewall",
            "servers",
            "server pool/server1 (192.0.2.21:80) does not answer",
            on(
                server,
                "nft 'add table inet f; add chain inet f in { type filter hook input priority 0; };"
                    + " add rule inet f in tcp dport 80 drop'",
                "nft delete table inet f")),
        wrong(
            "a server without the page that is checked",
            "servers",
            "fails its health check",
            setup()
                .healthCheck(
                    "{ interval = \"1s\", timeout = \"1s\", type = \"http\", expect_body = \"no such\" }")),
        broken(
            "packets that vanish when they are long",
            "path mtu",
            "packets of 1500 bytes do not get to server pool/server1",
            on(server, "ip link set dev eth0 mtu 1300", "ip link set dev eth0 mtu 1500")),
        new Case(
            "a strict reverse-path filter",
            "rp_filter",
            "rp_filter of eth0 is strict, and the default route leaves by eth1",
            proxy(),
            on(
                box,
                "ip route add default via %s && echo 1 >/proc/sys/net/ipv4/conf/eth0/rp_filter"
                    .formatted(SERVER),
                "ip route del default; echo 0 >/proc/sys/net/ipv4/conf/eth0/rp_filter")),
        wrong(
            "servers route through a machine that does not",
            "ip_forward",
            "ip_forward is off",
            setup().frontend("source", "\"client\"")),
        wrong(
            "more threads than cores",
            "cores",
            "18 threads of the pipeline",
            setup().set("threading", "\"dedicated\"").set("workers", "16")),
        new Case(
            "the guard of a killed balancer in the way of mode proxy",
            "leftovers",
            "the guard of a balancer that is gone still stands",
            proxy(),
            on(box, "nft add table netdev headrace_7", "nft delete table netdev headrace_7")),
        broken(
            "what a killed balancer left",
            "leftovers",
            "until then nobody answers",
            on(box, "nft add table netdev headrace_7", "nft delete table netdev headrace_7")));
  }

  @ParameterizedTest
  @MethodSource("possible")
  void theRightCauseComesFirst(Case wrong) {
    run(wrong.how().host(), wrong.how().command());
    try {
      Diagnosis diagnosis = examine(wrong.setup());
      Diagnosis.Entry first = diagnosis.entries().getFirst();
      String all = DiagnosisText.of(diagnosis);
      assertEquals(wrong.check(), first.check(), all);
      assertTrue(first.finding().text().contains(wrong.words()), all);
      assertTrue(first.level().compareTo(Level.WARNING) <= 0, all);
      assertFalse(first.finding().mend().isEmpty(), all);
    } finally {
      run(wrong.how().host(), wrong.how().mend());
    }
  }

  @Test
  void aHealthyOneIsToldInOneScreen() {
    Diagnosis diagnosis = examine(setup());
    String text = DiagnosisText.of(diagnosis);
    assertTrue(diagnosis.isHealthy(), text);
    assertTrue(text.lines().count() <= SCREEN_LINES, text);
    text.lines().forEach(line -> assertTrue(line.length() <= SCREEN_COLUMNS, line));
    assertEquals(0, diagnosis.count(Level.SKIPPED), text);
  }

  @Test
  void aPortOfAnotherProgramIsToldWithTheProgram() throws Exception {
    try (ServerSocket taken = onBox.submit(() -> new ServerSocket(80)).get()) {
      Diagnosis.Entry first = examine(setup()).entries().getFirst();
      assertEquals("ports", first.check());
      assertTrue(
          first.finding().text().endsWith("process " + ProcessHandle.current().pid()),
          first::toString);
      assertEquals(80, taken.getLocalPort());
    }
  }

  @Test
  void anotherBalancerHasTheMachine() throws Exception {
    try (HostClaim claim = onBox.submit(() -> HostClaim.take()).get()) {
      Diagnosis.Entry first = examine(setup()).entries().getFirst();
      assertEquals("leftovers", first.check());
      assertTrue(
          first.finding().text().startsWith("a balancer with another configuration"),
          first::toString);
      onBox.submit(claim::purge).get();
    }
  }

  /** As on kernels before Linux 6.6. */
  @Test
  void aProgramThatAKilledBalancerLeftIsToldAndGoesWithAPurge() throws Exception {
    Assembler nothing = new Assembler().move(Register.R0, -1).exit();
    BpfProgram program = BpfProgram.load("left", BpfProgram.Kind.TRAFFIC_CONTROL, nothing);
    int index = Integer.parseInt(box.run("cat", "/sys/class/net/eth1/ifindex").out().strip());
    onBox.submit(() -> IngressFilter.attach(program.descriptor(), index, "eth1")).get();
    program.close();

    Diagnosis.Entry first = examine(setup()).entries().getFirst();
    assertEquals("leftovers", first.check());
    assertTrue(first.finding().text().contains("at the ingress of eth1"), first::toString);
    try (HostClaim claim = onBox.submit(() -> HostClaim.take()).get()) {
      onBox.submit(claim::purge).get();
    }
    Diagnosis after = examine(setup());
    assertTrue(after.isHealthy(), DiagnosisText.of(after));
  }

  /** The command itself: text, JSON and exit status, and what it cannot do without privileges. */
  @Test
  void theCommandTellsByItsExitStatus() {
    RunningBalancer.write(box, setup().toml());
    Result healthy = box.run(LIMIT, RunningBalancer.doctor(box, "--json"));
    assertEquals(0, healthy.exit(), healthy::toString);
    assertTrue(healthy.out().contains("\"healthy\" : true"), healthy::out);
    String[] doctor = RunningBalancer.doctor(box);
    String[] without =
        Stream.concat(
                Stream.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"), Stream.of(doctor))
            .toArray(String[]::new);
    Result problems = box.run(LIMIT, without);
    assertEquals(1, problems.exit(), problems::toString);
    assertTrue(problems.out().startsWith("problem  privileges"), problems::out);
    assertTrue(problems.out().contains("no CAP_NET_RAW, no CAP_NET_ADMIN"), problems::out);
    RunningBalancer.write(box, "[frontends]\n");
    Result wrong = box.run(LIMIT, doctor);
    assertEquals(2, wrong.exit(), wrong::toString);
  }

  @Test
  void aConnectionIsFollowedHopByHop() throws Exception {
    RunningBalancer balancer = RunningBalancer.start(box, setup());
    try {
      assertTrue(examine(setup()).isHealthy());
      Diagnosis whole = follow();
      assertTrue(whole.isHealthy(), DiagnosisText.of(whole));
      assertEquals(5, whole.entries().size(), DiagnosisText.of(whole));

      Host one = bed.servers().getFirst();
      Host two = bed.servers().getLast();
      String deaf =
          "nft 'add table inet f; add chain inet f in { type filter hook input priority 0; };"
              + " add rule inet f in ip saddr 192.0.2.1 tcp dport 80 drop'";
      run(one, deaf);
      run(two, deaf);
      Diagnosis cut = follow();
      run(one, "nft delete table inet f");
      run(two, "nft delete table inet f");
      assertEnd(cut, "SYN from 198.51.100.10", ":80 has not answered");
    } finally {
      balancer.stop();
    }
    assertEnd(follow(), "", "no balancer runs with this file");
  }

  private static void assertEnd(Diagnosis live, String firstHop, String end) {
    String text = DiagnosisText.of(live);
    assertFalse(live.isHealthy(), text);
    assertTrue(live.entries().getFirst().finding().text().contains(firstHop), text);
    assertTrue(live.entries().getLast().finding().text().contains(end), text);
  }

  private static Diagnosis follow() throws Exception {
    CompletableFuture<String> ready = new CompletableFuture<>();
    Live.Wish wish =
        new Live.Wish(
            Optional.of("main"),
            Optional.of(InetAddress.getByName("198.51.100.10")),
            Duration.ofSeconds(20));
    Future<Diagnosis> live =
        onBox.submit(
            () ->
                Live.follow(
                    file(), ConfigReader.read(file(), Mode.PASSTHROUGH), wish, ready::complete));
    CompletableFuture.anyOf(ready, CompletableFuture.runAsync(() -> await(live))).join();
    bed.client().run("curl", "-s", "-o", "/dev/null", "--max-time", "2", "http://" + LISTEN);
    return live.get();
  }

  private static void await(Future<?> future) {
    try {
      future.get();
    } catch (Exception e) {
      fail(e);
    }
  }

  private static Diagnosis examine(Setup setup) {
    RunningBalancer.write(box, setup.toml());
    Callable<Diagnosis> examination =
        () -> Diagnosis.make(file(), ConfigReader.read(file(), Mode.PASSTHROUGH));
    try {
      return onBox.submit(examination).get();
    } catch (Exception e) {
      return fail(e);
    }
  }

  private static Path file() {
    return box.directory().resolve("config.toml");
  }

  private static void run(Host host, String command) {
    Result result = host.run("sh", "-c", command);
    assertTrue(result.ok(), result::toString);
  }
}
