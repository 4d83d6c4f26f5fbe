package io.headrace.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.bpf.Assembler;
import io.headrace.bpf.BpfProgram;
import io.headrace.bpf.Register;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs at the ingress of an interface, in the eyes of tc(8). */
@Tag("network")
class IngressFilterNetworkTest {
  private static final String OTHERS =
      "tc filter add dev d0 %s prio %d bpf direct-action bytecode '1,6 0 0 0'";

  @TempDir private Path directory;
  private Namespace box;
  private BpfProgram program;
  private int index;

  @BeforeEach
  void create() {
    box = Namespace.create("ingress");
    box.sh("ip link add d0 type veth peer name d1");
    index = Integer.parseInt(box.sh("cat /sys/class/net/d0/ifindex").strip());
    Assembler passOn = new Assembler().move(Register.R0, -1).exit();
    program = BpfProgram.load("test", BpfProgram.Kind.TRAFFIC_CONTROL, passOn);
  }

  @AfterEach
  void remove() {
    if (program != null) {
      program.close();
    }
    if (box != null) {
      box.close();
    }
  }

  @Test
  void itIsThereUntilItIsClosed() {
    IngressFilter filter = attach();
    String shown = box.sh("tc filter show dev d0 ingress");
    assertTrue(shown.matches("(?s).* pref 1 bpf .* headrace direct-action .*"), shown);
    filter.close();
    assertNothingIsLeft();
  }

  @Test
  void whatAKilledProcessLeftGoesWithTheNextClaim() {
    attach();
    assertEquals(List.of("d0"), leftovers());
    try (HostClaim claim = box.call(() -> HostClaim.take(directory.resolve("claim")))) {
      assertEquals(List.of(), leftovers());
      assertNothingIsLeft();
      box.in(claim::purge);
    }
  }

  @Test
  void filtersOfOthersStay() {
    for (String direction : List.of("ingress", "egress")) {
      box.sh("tc qdisc add dev d0 clsact");
      box.sh(OTHERS.formatted(direction, 2));
      attach().close();
      String shown = box.sh("tc filter show dev d0 " + direction);
      assertTrue(shown.contains(" pref 2 ") && !shown.contains(" pref 1 "), shown);
      box.sh("tc qdisc del dev d0 clsact");
    }
  }

  /** Frames would not get past it. */
  @Test
  void afterAnotherItIsOfNoUse() {
    box.sh("tc qdisc add dev d0 clsact");
    box.sh(OTHERS.formatted("ingress", 1));
    LinkException refused = assertThrows(LinkException.class, this::attach);
    assertEquals(
        "cannot attach a BPF program to interface d0: another comes first there (tc filter show dev"
            + " d0 ingress)",
        refused.getMessage());
    assertEquals(List.of(), leftovers());
  }

  @Test
  void anInterfaceThatIsGoneTakesItAlong() {
    IngressFilter filter = attach();
    box.sh("ip link del d0");
    filter.close();
    assertEquals(List.of(), leftovers());
  }

  private IngressFilter attach() {
    return box.call(() -> IngressFilter.attach(program.descriptor(), index, "d0"));
  }

  private List<String> leftovers() {
    return box.call(() -> IngressFilter.leftovers().stream().map(Interface::name).toList());
  }

  private void assertNothingIsLeft() {
    assertEquals("", box.sh("tc qdisc show dev d0 clsact").strip());
  }
}
