package io.headrace.link;

import static io.headrace.link.TwoHosts.BOX;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.link.GuardState.Endpoint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Frames that no socket sends, put on the cable as they are; the rules' counters tell. */
@Tag("network")
class KernelGuardFramesNetworkTest {
  private static final String MACS = "020000000002" + "020000000001";
  private static final String IPV4 = "0800";
  private static final String VLAN_5 = "8100" + "0005";
  private static final String ADDRESSES = "0a4d0001" + "0a4d00fe";
  private static final String UDP_TO_5000 = "1111" + "1388" + "0008" + "0000";
  private static final String WHOLE =
      "4500001c" + "0001" + "0000" + "4011" + "0000" + ADDRESSES + UDP_TO_5000;
  // What would be the ports is data of a fragment that begins at byte 8.
  private static final String SECOND_FRAGMENT =
      "4500001c" + "0001" + "0001" + "4011" + "0000" + ADDRESSES + UDP_TO_5000;

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int SOCKADDR_LL = 20;
  private static final Pattern COUNTER = Pattern.compile("@frontends counter packets (\\d+)");

  private TwoHosts hosts;

  @BeforeEach
  void guard() {
    hosts = new TwoHosts();
    GuardState state =
        new GuardState(
            Set.of("b0"),
            Set.of(new Endpoint(17, BOX, 5000)),
            Set.of(),
            Set.of(),
            Set.of(),
            PortSet.EMPTY);
    hosts.box.in(() -> new KernelGuard().apply(state));
  }

  @AfterEach
  void unplug() {
    if (hosts != null) {
      hosts.close();
    }
  }

  @Test
  void frameWithAVlanTagIsMatchedByWhatItCarries() {
    send(MACS + VLAN_5 + IPV4 + WHOLE);
    TwoHosts.await("a drop", () -> dropped() == 1);
  }

  @Test
  void laterFragmentHasNoPortsAndIsNotMatched() {
    send(MACS + IPV4 + SECOND_FRAGMENT);
    send(MACS + IPV4 + WHOLE);
    TwoHosts.await("a drop", () -> dropped() > 0);
    assertEquals(1, dropped());
  }

  private void send(String hex) {
    byte[] frame = HexFormat.of().parseHex(hex);
    int index = Integer.parseInt(hosts.host.sh("cat /sys/class/net/h0/ifindex").strip());
    hosts.host.in(
        () -> {
          int fd = Libc.socket(AF_PACKET, SOCK_RAW, 0);
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(SOCKADDR_LL, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
            address.set(ValueLayout.JAVA_INT, 4, index);
            assertEquals(0, Libc.bind(fd, address));
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, frame);
            assertEquals(frame.length, Libc.send(fd, bytes));
          } finally {
            Libc.close(fd);
          }
        });
  }

  private long dropped() {
    Matcher counter = COUNTER.matcher(hosts.box.sh("nft list ruleset"));
    assertTrue(counter.find());
    return Long.parseLong(counter.group(1));
  }
}
