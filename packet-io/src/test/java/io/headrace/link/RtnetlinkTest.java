package io.headrace.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Messages as a kernel (6.18, x86-64) sent them. */
class RtnetlinkTest {
  private static final InetAddress FAR = TwoHosts.address("10.9.1.1");

  // ip route get 10.9.1.1, with: 10.9.0.0/16 via 10.7.0.2 mtu 1400, from 10.7.0.1 on interface 3
  private static final String ROUTE =
      """
      7c0000001800000007000000ef440000 02200000fe00000100020000 08000f00fe000000
      080001000a090101 0800040003000000 080007000a070001 080005000a070002
      0c000800 0800020078050000 0800190000000000
      24000c00 02000000000000000000000000000000 00000000000000000000000000000000
      """;

  private static final String LOCAL =
      """
      680000001800000007000000ef440000 02200000fe00000200800000 08000f00fe000000
      080001000a070001 0800040001000000 080007000a070001 0800190000000000
      24000c00 01000000000000000000000000000000 00000000000000000000000000000000
      """;

  private static final String NETWORK_UNREACHABLE =
      """
      380000000200000007000000ef440000 9bffffff 240000001a0001000700000000000000
      022000000000000000000000 080001000ac80101
      """;

  // 10.7.0.2 dev e0 lladdr 02:00:00:00:00:99 PERMANENT
  private static final String NEIGHBOUR =
      """
      4c0000001c00000007000000ef440000 020000000300000080000001 080001000a070002
      0a00020002000000009900000800040000000000 140003001d0000001d0000001d00000001000000
      """;

  // 127.0.0.1/8 on lo, 10.7.0.1/24 on e0
  private static final String ADDRESSES =
      """
      4c0000001400020007000000ef440000 020880fe01000000 080001007f000001 080002007f000001
      070003006c6f0000 0800080080000000 14000600ffffffffffffffff39c5030039c50300
      4c0000001400020007000000ef440000 0218800003000000 080001000a070001 080002000a070001
      0700030065300000 0800080080000000 14000600ffffffffffffffff3bc503003bc50300
      """;

  // The first attributes of: e0, up and running, MTU 1500, 02:00:00:00:00:01
  private static final String LINK =
      """
      3c0000001000000007000000ef440000 00000100 03000000 43100100 00000000
      0700030065300000 08000400dc050000 0a00010002000000000100 00
      """;

  @BeforeAll
  static void bytesAreOfALittleEndianMachine() {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void routeHasInterfaceGatewaySourceAndMtu() {
    assertEquals(
        new Route.Via(3, TwoHosts.address("10.7.0.2"), TwoHosts.address("10.7.0.1"), 1400),
        Rtnetlink.toRoute(message(ROUTE), FAR));
  }

  @Test
  void ownAddressIsViaLoopback() {
    assertEquals(new Route.Loopback(), Rtnetlink.toRoute(message(LOCAL), FAR));
  }

  @Test
  void kernelsRefusalIsUnreachable() {
    NetlinkMessage refusal = message(NETWORK_UNREACHABLE);
    assertEquals(101, refusal.errno());
    assertEquals(new Route.Unreachable(), Rtnetlink.toRoute(refusal, FAR));
  }

  @Test
  void neighbourHasMacAndState() {
    Neighbour neighbour = Rtnetlink.toNeighbour(message(NEIGHBOUR));
    assertEquals(new Neighbour(0x02_00_00_00_00_99L, Neighbour.State.PERMANENT), neighbour);
    assertTrue(neighbour.isUsable());
  }

  @Test
  void neighbourWithoutMacIsNotUsable() {
    assertFalse(new Neighbour(0, Neighbour.State.REACHABLE).isUsable());
    assertFalse(new Neighbour(1, Neighbour.State.FAILED).isUsable());
    assertFalse(new Neighbour(1, Neighbour.State.INCOMPLETE).isUsable());
    assertTrue(new Neighbour(1, Neighbour.State.STALE).isUsable());
  }

  @Test
  void interfaceIsPutTogetherWithItsAddresses() {
    Map<Integer, List<Interface.Address>> addresses = new HashMap<>();
    NetlinkMessage.split(bytes(ADDRESSES)).forEach(m -> Rtnetlink.toAddress(m, addresses));
    assertEquals(
        new Interface(
            3,
            "e0",
            0x02_00_00_00_00_01L,
            1500,
            true,
            false,
            List.of(new Interface.Address(TwoHosts.address("10.7.0.1"), 24))),
        Rtnetlink.toInterface(message(LINK), addresses));
  }

  @Test
  void cutOffMessageIsLeftOut() {
    byte[] two = bytes(ADDRESSES);
    assertEquals(2, NetlinkMessage.split(two).size());
    assertEquals(1, NetlinkMessage.split(Arrays.copyOf(two, two.length - 1)).size());
    assertEquals(0, NetlinkMessage.split(new byte[16]).size());
  }

  @Test
  void attributeThatRunsOverTheEndIsNotFound() {
    byte[] link = bytes(LINK);
    link[32] = 100;
    assertTrue(NetlinkMessage.split(link).getFirst().attribute(16, 3).isEmpty());
  }

  @Test
  void requestForARouteIsLaidOutAsTheKernelWants() {
    assertArrayEquals(
        bytes(
            """
            240000001a0001000900000000000000 022000000000000000000000 080001000a090101
            """),
        Rtnetlink.route(FAR).encode(9));
  }

  @Test
  void requestToUseANeighbourCarriesTheFlag() {
    assertArrayEquals(
        bytes(
            """
            240000001c0005040900000000000000 020000000300000000000100 080001000a090101
            """),
        Rtnetlink.use(3, FAR).encode(9));
  }

  private static NetlinkMessage message(String hex) {
    List<NetlinkMessage> messages = NetlinkMessage.split(bytes(hex));
    assertEquals(1, messages.size());
    return messages.getFirst();
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }
}
