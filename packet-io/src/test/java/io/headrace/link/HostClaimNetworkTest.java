package io.headrace.link;

import static io.headrace.link.TwoHosts.BOX;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.link.GuardState.Endpoint;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("network")
class HostClaimNetworkTest {
  private static final PortSet NAT_PORTS = PortSet.range(10_000, 10_100);
  private static final PortSet FRONTENDS = PortSet.parse("80,10050");
  private static final String OPERATORS = "5000-5010,10020";
  private static final GuardState STATE =
      new GuardState(
          Set.of(), Set.of(new Endpoint(6, BOX, 80)), Set.of(), Set.of(), Set.of(BOX), NAT_PORTS);

  @TempDir Path parent;
  private Path directory;
  private Namespace box;

  @BeforeEach
  void create() {
    directory = parent.resolve("claim");
    box = Namespace.create("claim");
    setList(OPERATORS);
  }

  @AfterEach
  void remove() {
    if (box != null) {
      box.close();
    }
  }

  @Test
  void usablePortsAreThoseThatNobodyElseHas() throws IOException {
    try (ServerSocket tcp = box.call(() -> new ServerSocket(10_001));
        ServerSocket local =
            box.call(() -> new ServerSocket(10_002, 1, InetAddress.getLoopbackAddress()));
        DatagramSocket udp = box.call(() -> new DatagramSocket(10_003))) {
      assertTrue(tcp.isBound() && local.isBound() && udp.isBound());
      PortSet usable = with(claim -> claim.reserve(NAT_PORTS, FRONTENDS));
      assertEquals("10000,10004-10019,10021-10049,10051-10100", usable.toString());
      assertEquals("80,5000-5010,10000,10004-10100", list());
    }
  }

  @Test
  void purgePutsTheOperatorsListBackAndLeavesNothing() {
    with(
        claim -> {
          claim.reserve(NAT_PORTS, FRONTENDS);
          claim.guard(STATE);
          claim.purge();
          return "";
        });
    assertEverythingIsAsBefore();
  }

  @Test
  void emptyListOfTheOperatorIsPutBackEmpty() {
    setList("");
    reserve();
    with(HostClaimNetworkTest::purge);
    assertEquals("", list());
  }

  @Test
  void startAfterACrashFindsTheSamePorts() {
    PortSet first = reserve();
    assertEquals(first, reserve());
    with(HostClaimNetworkTest::purge);
    assertEverythingIsAsBefore();
  }

  @Test
  void startAfterACrashWithOtherPortsGivesTheOldOnesBack() {
    reserve();
    with(claim -> claim.reserve(PortSet.range(20_000, 20_010), PortSet.EMPTY));
    assertEquals("5000-5010,10020,20000-20010", list());
    with(HostClaimNetworkTest::purge);
    assertEverythingIsAsBefore();
  }

  @Test
  void crashBetweenFileAndListIsRepaired() throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("ports"), "80,10000-10019\n");
    Files.writeString(directory.resolve("ports.new"), "80,100");
    assertEquals(OPERATORS, list());
    with(HostClaimNetworkTest::purge);
    assertEverythingIsAsBefore();
  }

  @Test
  void claimOfANamespaceThatIsNoMoreIsNobodys() throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("ports"), "80,10030-10040\n");
    with(
        claim -> {
          claim.reserve(NAT_PORTS, FRONTENDS);
          claim.abandon();
          return "";
        });
    assertEverythingIsAsBefore();
  }

  @Test
  void whatTheOperatorChangesMeanwhileStays() {
    reserve();
    setList(list() + ",7000");
    with(HostClaimNetworkTest::purge);
    assertEquals("5000-5010,7000,10020", list());
    reserve();
    setList("7001");
    with(HostClaimNetworkTest::purge);
    assertEquals("7001", list());
  }

  @Test
  void releasedClaimGoesByItself() {
    release(Duration.ofSeconds(2));
    assertTrue(list().contains("10000-10100"), "reserved during the grace");
    assertTrue(rules().contains("expires"), "guarded during the grace");
    TwoHosts.await("a claim that has gone", () -> !Files.exists(directory));
    assertEverythingIsAsBefore();
  }

  @Test
  void claimThatIsTakenDuringTheGraceStays() throws InterruptedException {
    release(Duration.ofSeconds(1));
    with(
        claim -> {
          claim.reserve(NAT_PORTS, FRONTENDS);
          claim.guard(STATE);
          return "";
        });
    // Its process is gone again, as after a kill; but the earlier one's grace is no longer meant.
    Thread.sleep(2_500);
    assertTrue(list().contains("10000-10100"));
    assertTrue(rules().contains("headrace_") && !rules().contains("expires"));
    with(HostClaimNetworkTest::purge);
    assertEverythingIsAsBefore();
  }

  @Test
  void listThatTheOperatorChangedDuringTheGraceIsLeftToTheNextStart() {
    release(Duration.ofSeconds(1));
    setList(list() + ",7000");
    TwoHosts.await("a grace that is over", () -> !Files.exists(directory.resolve("leaving")));
    assertTrue(list().contains("7000"));
    with(HostClaimNetworkTest::purge);
    assertEquals("5000-5010,7000,10020", list());
  }

  @Test
  void thereIsOneClaimAtATime() {
    box.in(
        () -> {
          try (HostClaim claim = HostClaim.take(directory)) {
            claim.reserve(NAT_PORTS, FRONTENDS);
            String refusal =
                assertThrows(LinkException.class, () -> HostClaim.take(directory)).getMessage();
            assertTrue(refusal.startsWith("another headrace runs"), refusal);
          }
          HostClaim.take(directory).close();
        });
  }

  @Test
  void claimOfANamespaceIsKeptUnderItsInode() {
    String inode = box.sh("readlink /proc/self/ns/net").replaceAll("\\D", "");
    Path expected = Path.of("/run/headrace", inode);
    box.in(
        () -> {
          try (HostClaim claim = HostClaim.take()) {
            assertTrue(Files.exists(expected));
            claim.purge();
          }
        });
    assertFalse(Files.exists(expected));
  }

  private <T> T with(Function<HostClaim, T> use) {
    return box.call(
        () -> {
          try (HostClaim claim = HostClaim.take(directory)) {
            return use.apply(claim);
          }
        });
  }

  private PortSet reserve() {
    return with(claim -> claim.reserve(NAT_PORTS, FRONTENDS));
  }

  private void release(Duration grace) {
    with(
        claim -> {
          claim.reserve(NAT_PORTS, FRONTENDS);
          claim.guard(STATE);
          claim.release(STATE, grace);
          return "";
        });
  }

  private static String purge(HostClaim claim) {
    claim.purge();
    return "";
  }

  private void assertEverythingIsAsBefore() {
    assertEquals(OPERATORS, list());
    assertEquals("", rules());
    assertFalse(Files.exists(directory));
  }

  private void setList(String ports) {
    box.sh("echo '" + ports + "' > " + ReservedPorts.SYSCTL);
  }

  private String list() {
    return box.sh("cat " + ReservedPorts.SYSCTL).strip();
  }

  private String rules() {
    return box.sh("nft list ruleset");
  }
}
