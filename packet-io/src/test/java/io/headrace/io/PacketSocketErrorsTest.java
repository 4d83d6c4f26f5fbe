package io.headrace.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a person is told when a packet socket cannot be had. */
@Tag("network")
class PacketSocketErrorsTest {
  private NetworkNamespace host;

  @BeforeEach
  void create() throws Exception {
    host = NetworkNamespace.create("host");
  }

  @AfterEach
  void remove() throws Exception {
    if (host != null) {
      host.delete();
    }
  }

  @Test
  void aMissingInterfaceIsNamed() throws Exception {
    String message = "interface eth7 does not exist";
    assertEquals(message, refusal(() -> new PacketSource("eth7", 1)));
    assertEquals(message, refusal(() -> new PacketSink("eth7")));
  }

  @Test
  void aMissingPrivilegeIsNamed() throws Exception {
    String message =
        "opening a packet socket on interface lo needs the capability CAP_NET_RAW:"
            + " run as root, or grant it";
    assertEquals(message, refusal(() -> withoutCapabilities(() -> new PacketSource("lo", 1))));
    assertEquals(message, refusal(() -> withoutCapabilities(() -> new PacketSink("lo"))));
  }

  @Test
  void anInterfaceThatIsNotEthernetIsRefused() throws Exception {
    host.exec("ip", "tuntap", "add", "tun0", "mode", "tun");
    String message = "interface tun0 does not carry Ethernet frames (its ARPHRD type is 65534)";
    assertEquals(message, refusal(() -> new PacketSource("tun0", 1)));
    assertEquals(message, refusal(() -> new PacketSink("tun0")));
  }

  @Test
  void aRingThatCannotBeIsRefusedWithItsLimits() throws Exception {
    String limits = " is out of range: 1 to 31713 are possible";
    assertEquals(
        "a receive ring of 31714 frames on interface lo" + limits,
        refusal(() -> new PacketSource("lo", 31_714)));
    assertEquals(
        "a receive ring of 0 frames on interface lo" + limits,
        refusal(() -> new PacketSource("lo", 0)));
  }

  @Test
  void aPlatformWithoutPacketSocketsIsNamed() {
    String os = System.setProperty("os.name", "Plan 9");
    try {
      assertEquals(
          "packet sockets need Linux on x86-64 or aarch64, and this is Plan 9 on "
              + System.getProperty("os.arch"),
          assertThrows(FrameIoException.class, () -> new PacketSink("lo")).getMessage());
    } finally {
      System.setProperty("os.name", os);
    }
  }

  private String refusal(Callable<AutoCloseable> opening) throws Exception {
    return host.call(() -> assertThrows(FrameIoException.class, opening::call).getMessage());
  }

  private static AutoCloseable withoutCapabilities(Callable<AutoCloseable> opening)
      throws Exception {
    NetworkNamespace.dropCapabilities();
    return opening.call();
  }
}
