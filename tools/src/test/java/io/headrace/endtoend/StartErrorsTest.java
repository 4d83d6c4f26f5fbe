package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A start that cannot be: one line that says why, the exit status, and nothing left behind. */
@RequiresTestbed
class StartErrorsTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int FAILED = 1;
  private static final int WRONG_CONFIGURATION = 2;

  private static Testbed bed;
  private static Host host;

  @BeforeAll
  static void makeTestbed() {
    bed = Testbed.oneArm(1);
    host = bed.balancer();
  }

  @AfterAll
  static void removeTestbed() {
    bed.close();
  }

  @AfterEach
  void nothingIsLeftBehind() {
    assertTrue(new Box(host).isClean(), () -> new Box(host).toString());
  }

  private static Setup setup() {
    return Setup.http(bed, "packet");
  }

  @Test
  void aWildcardAddress() {
    assertRefused(
        WRONG_CONFIGURATION, setup().listen("0.0.0.0:80"), "config.toml:", "0.0.0.0:80", "every");
  }

  @Test
  void anAddressOnNoInterface() {
    assertRefused(
        FAILED,
        setup().listen("192.0.2.77:80"),
        "192.0.2.77 is on no interface",
        "192.0.2.1 (eth0)");
  }

  @Test
  void anAddressOnTheLoopback() {
    assertRefused(FAILED, setup().listen("127.0.0.1:80"), "127.0.0.1", "loopback", "192.0.2.1");
  }

  @Test
  void aServerThatIsTheBoxItself() {
    assertRefused(
        FAILED,
        setup().server("self", host.address() + ":8080", 1),
        "server pool/self",
        "192.0.2.1:8080",
        "this machine");
  }

  @Test
  void aSourceAddressOnNoInterface() {
    assertRefused(
        FAILED,
        setup().set("source_addrs", "[\"192.0.2.1\", \"192.0.2.77\"]"),
        "source_addrs: 192.0.2.77 is on no interface",
        "ip address add 192.0.2.77/32 dev eth0");
  }

  @Test
  void missingPrivileges() {
    for (String io : List.of("packet", "pcap")) {
      RunningBalancer.write(host, Setup.http(bed, io).toml());
      Result result = run(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"), host);
      assertOneLine(FAILED, result, "CAP_NET_RAW", "run as root");
    }
  }

  @Test
  void privilegesForFramesButNotForRules() {
    RunningBalancer.write(host, setup().toml());
    Result result =
        run(List.of("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"), host);
    assertOneLine(FAILED, result, "CAP_NET_ADMIN", "run as root");
  }

  @Test
  void missingNft() {
    RunningBalancer.write(host, setup().toml());
    // A PATH without it is not enough, as the system's directories are searched too.
    String hide = "mount -t tmpfs none /usr/sbin && PATH=/usr/bin:/bin exec \"$@\"";
    Result result = run(List.of("unshare", "--mount", "sh", "-c", hide, "sh"), host);
    assertOneLine(FAILED, result, "nft is missing", "apt install nftables");
  }

  @Test
  void aPortOfAnotherProgram() {
    try (HostProcess other = JavaProgram.start(host, Greeter.class, 80)) {
      other.awaitOutput("ready", LIMIT);
      assertRefused(FAILED, setup(), "frontend main", "192.0.2.1:80", "taken by another program");
    }
  }

  @Test
  void aUdpPortOfAnotherProgram() {
    try (HostProcess other = JavaProgram.start(host, UdpEcho.class, 53)) {
      other.awaitOutput("ready", LIMIT);
      assertRefused(
          FAILED,
          setup().listen("192.0.2.1:53").protocol("udp"),
          "frontend main",
          "192.0.2.1:53",
          "taken by another program");
    }
  }

  @Test
  void theStatisticsPortOfAnotherProgram() {
    try (HostProcess other = JavaProgram.start(host, Greeter.class, Setup.STATS_PORT)) {
      other.awaitOutput("ready", LIMIT);
      assertRefused(FAILED, setup(), "cannot serve statistics on 127.0.0.1:7000", "in use");
    }
  }

  @Test
  void aFileThatIsNotThere() {
    RunningBalancer.remove(host);
    assertOneLine(WRONG_CONFIGURATION, run(List.of(), host), "config.toml");
  }

  @Test
  void aWrongFileNamesEveryErrorWithItsPlace() {
    String wrong = setup().toml().replace("workers", "worker") + "adr = 1\n[frontend.x]\n";
    RunningBalancer.write(host, wrong);
    Result result = run(List.of(), host);
    assertEquals(WRONG_CONFIGURATION, result.exit(), result::toString);
    List<String> lines = result.err().lines().toList();
    assertTrue(lines.size() >= 2, result::err);
    assertTrue(
        lines.stream().allMatch(line -> line.matches(".*config\\.toml:\\d+:\\d+: .*")),
        result::err);
  }

  @Test
  void wrongUsage() {
    Result result = run(List.of(), host, "--nonsense");
    assertEquals(WRONG_CONFIGURATION, result.exit(), result::toString);
    assertTrue(result.err().contains("--nonsense"), result::err);
    assertNoStackTrace(result);
  }

  @Test
  void aSecondBalancerInTheNamespace() {
    RunningBalancer first = RunningBalancer.start(host, setup());
    try {
      Setup second =
          setup().set("connection_tracker_file", "\"other\"").listen("192.0.2.1:81").stats("");
      assertRefused(FAILED, second, "another headrace runs in this network namespace");
      assertRefused(FAILED, setup().listen("192.0.2.1:81").stats(""), "another");
      assertEquals(1, new Box(host).tables());
      assertTrue(first.isAlive());
    } finally {
      first.stop();
    }
  }

  @Test
  void noMemoryForTheCounters() {
    RunningBalancer.write(host, setup().toml());
    String small = "mount -t tmpfs -o size=512k none /dev/shm && exec \"$@\"";
    Result result = run(List.of("unshare", "--mount", "sh", "-c", small, "sh"), host);
    assertOneLine(FAILED, result, "cannot make the counters file /dev/shm/", "No space left");
  }

  @Test
  void aFlowFileThatCannotBeMade() {
    assertRefused(FAILED, setup().set("connection_tracker_file", "\"/proc/flows\""), "/proc/flows");
  }

  private static void assertRefused(int exit, Setup setup, String... words) {
    RunningBalancer.write(host, setup.toml());
    assertOneLine(exit, run(List.of(), host), words);
  }

  private static Result run(List<String> wrapper, Host host, String... options) {
    List<String> line = new ArrayList<>(wrapper);
    line.addAll(List.of(RunningBalancer.command(host, options)));
    return host.run(LIMIT, line.toArray(String[]::new));
  }

  private static void assertOneLine(int exit, Result result, String... words) {
    assertEquals(exit, result.exit(), result::toString);
    assertEquals(1, result.err().lines().count(), result::err);
    for (String word : words) {
      assertTrue(result.err().contains(word), () -> "'%s' in: %s".formatted(word, result.err()));
    }
    assertNoStackTrace(result);
    assertEquals("", result.out());
  }

  private static void assertNoStackTrace(Result result) {
    assertFalse(result.err().contains("Exception"), result::err);
    assertFalse(result.err().contains("\tat "), result::err);
    assertFalse(result.err().contains("defect"), result::err);
  }
}
