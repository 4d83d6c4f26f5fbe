package io.headrace.offload;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.bpf.BpfException;
import io.headrace.io.Frame;
import io.headrace.io.NetworkNamespace;
import io.headrace.io.PacketSink;
import io.headrace.io.PacketSource;
import io.headrace.io.Poller;
import io.headrace.link.Interface;
import io.headrace.link.Links;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Tcp;
import io.headrace.packet.Udp;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client, a box and a server in a row: frames of a flow that the kernel of the box was given come
 * out at the server rewritten, and all others are captured at the box.
 */
@Tag("network")
@Timeout(60)
@ParameterizedClass(name = "links {0}")
@ValueSource(booleans = {true, false})
class OffloadNetworkTest {
  private static final long SECOND = 1_000_000_000;
  private static final long QUIET = SECOND / 5;

  private static final String CLIENT = "10.0.0.1";
  private static final String SERVICE = "10.0.0.9";
  private static final String NAT = "10.1.0.9";
  private static final String SERVER = "10.1.0.1";
  private static final long BOX_MAC = 0x02_00_00_00_0a_01L;
  private static final long SERVER_MAC = 0x02_00_00_00_0b_02L;
  private static final long CLIENT_MAC = FrameBuilder.SOURCE_MAC;
  private static final int FLOW = 6;
  private static final int TO_SERVER = FLOW;
  private static final int TO_CLIENT = FLOW + 1;
  private static final int MTU = 1400;
  private static final int CAPACITY = 16;

  /** Whether programs are attached by links, or as before Linux 6.6. */
  private final boolean links;

  private NetworkNamespace client;
  private NetworkNamespace box;
  private NetworkNamespace server;
  private PacketSink fromClient;
  private PacketSource atBox;
  private PacketSource atServer;
  private KernelFlows kernel;
  private FlowWriter writer;
  private long serviceMac;
  private final Frame frame = new Frame();

  OffloadNetworkTest(boolean links) {
    this.links = links;
  }

  @BeforeEach
  void connect() throws Exception {
    client = NetworkNamespace.create("client");
    box = NetworkNamespace.create("box");
    server = NetworkNamespace.create("server");
    NetworkNamespace.link(client, "eth0", box, "front");
    NetworkNamespace.link(box, "back", server, "eth0");
    fromClient = client.call(() -> new PacketSink("eth0"));
    atServer = server.call(() -> new PacketSource("eth0", 64));
    atBox = box.call(() -> new PacketSource("front", 64));
    kernel = box.call(() -> open("front", "back"));
    atBox.filter(kernel.filter());
    writer = kernel.writer();
  }

  private KernelFlows open(String... names) {
    serviceMac = link("front").mac();
    KernelFlows flows = KernelFlows.load(CAPACITY);
    flows.attach(List.of(port(names[0]), port(names[1])), links);
    return flows;
  }

  private static KernelFlows.Port port(String name) {
    return new KernelFlows.Port(link(name).index(), name, 1500);
  }

  private static Interface link(String name) {
    try (Links links = Links.open()) {
      return links.interfaces().stream()
          .filter(each -> each.name().equals(name))
          .findFirst()
          .orElseThrow();
    }
  }

  @AfterEach
  void removeAll() throws Exception {
    for (AutoCloseable each :
        new AutoCloseable[] {
          kernel, fromClient, atBox, atServer, delete(client), delete(box), delete(server)
        }) {
      if (each != null) {
        each.close();
      }
    }
  }

  private static AutoCloseable delete(NetworkNamespace namespace) {
    return namespace == null ? null : namespace::delete;
  }

  @Test
  void framesOfAFlowAreForwardedAsThePipelineWouldAndCounted() {
    give(Ipv4.PROTOCOL_TCP);
    for (int length : new int[] {0, 1, 1000, MTU - 40}) {
      FrameBuilder sent = tcp(CLIENT, SERVICE).payload(FrameBuilder.bytes(length));
      send(sent.frame());
      assertForwarded(rewritten(sent(NAT, SERVER).payload(FrameBuilder.bytes(length))));
    }
    assertEquals(4, writer.takeFrames(TO_SERVER));
    assertEquals(4 * 54 + 1 + 1000 + MTU - 40, writer.takeBytes(TO_SERVER));
    assertEquals(0, writer.takeFrames(TO_SERVER));
    assertEquals(System.nanoTime(), writer.lastSeenNs(TO_SERVER), 20.0 * SECOND);
    assertNothingIsCaptured();
  }

  @Test
  void ofAPartialChecksumOnlyTheAddressesChange() {
    give(Ipv4.PROTOCOL_TCP);
    send(tcp(CLIENT, SERVICE).payload(FrameBuilder.bytes(99)).partialChecksum().frame());
    assertForwarded(rewritten(sent(NAT, SERVER).payload(FrameBuilder.bytes(99)).partialChecksum()));
    assertTrue(frame.isChecksumPartial());
  }

  @Test
  void aWrongChecksumStaysAsWrong() {
    give(Ipv4.PROTOCOL_TCP);
    send(tcp(CLIENT, SERVICE).checksumError(0x1234).frame());
    receive(atServer);
    byte[] right = rewritten(sent(NAT, SERVER)).array();
    byte[] came = bytes();
    int at = Ethernet.LENGTH + Ipv4.LENGTH + Tcp.CHECKSUM;
    assertFalse(came[at] == right[at] && came[at + 1] == right[at + 1]);
  }

  @Test
  void datagramsAreForwardedAndOneWithoutChecksumStaysSo() {
    give(Ipv4.PROTOCOL_UDP);
    for (int length : new int[] {0, 1, 2, 700}) {
      byte[] payload = FrameBuilder.bytes(length);
      send(macs(FrameBuilder.udp(CLIENT, 4000, SERVICE, 80)).payload(payload).frame());
      assertForwarded(rewritten(FrameBuilder.udp(NAT, 5000, SERVER, 8080).payload(payload)));
    }
    send(macs(FrameBuilder.udp(CLIENT, 4000, SERVICE, 80)).noChecksum().frame());
    assertForwarded(rewritten(FrameBuilder.udp(NAT, 5000, SERVER, 8080).noChecksum()));
  }

  @Test
  void whatTheKernelIsNotToDecideIsCaptured() {
    give(Ipv4.PROTOCOL_TCP);
    FrameBuilder[] special = {
      tcp(CLIENT, SERVICE).flags(Tcp.SYN),
      tcp(CLIENT, SERVICE).flags(Tcp.FIN | Tcp.ACK),
      tcp(CLIENT, SERVICE).flags(Tcp.RST),
      tcp(CLIENT, SERVICE).timeToLive(1),
      tcp(CLIENT, SERVICE).fragment(Ipv4.MORE_FRAGMENTS),
      tcp(CLIENT, SERVICE).fragment(100),
      tcp(CLIENT, SERVICE).ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 1),
      tcp(CLIENT, SERVICE).vlans(7),
      tcp(CLIENT, SERVICE).payload(FrameBuilder.bytes(MTU - 39)),
      tcp(CLIENT, SERVICE).macs(CLIENT_MAC + 1, serviceMac),
      tcp("10.0.0.2", SERVICE),
      FrameBuilder.tcp(CLIENT, 4001, SERVICE, 80).macs(CLIENT_MAC, serviceMac),
      macs(FrameBuilder.udp(CLIENT, 4000, SERVICE, 80)),
      macs(FrameBuilder.tcp("fd00::1", 4000, "fd00::2", 80)),
    };
    for (FrameBuilder each : special) {
      send(each.frame());
      receive(atBox);
      assertArrayEquals(each.array(), bytes());
    }
    assertFalse(new Poller(atServer.descriptor()).await(QUIET), "a frame has come out");
    assertEquals(0, writer.takeFrames(TO_SERVER));
  }

  /** The pipeline would drop them: nobody behind it knows where they end. */
  @Test
  void packetsWhoseLengthsAreWrongAreCaptured() {
    give(Ipv4.PROTOCOL_UDP);
    int udp = Ethernet.LENGTH + Ipv4.LENGTH;
    for (int at : new int[] {Ethernet.LENGTH + Ipv4.TOTAL_LENGTH, udp + Udp.DATAGRAM_LENGTH}) {
      for (int length : new int[] {0, 7, 200}) {
        Frame sent = macs(FrameBuilder.udp(CLIENT, 4000, SERVICE, 80)).frame();
        sent.buffer().putShort(at, (short) length, BIG_ENDIAN);
        send(sent);
        receive(atBox);
      }
    }
    assertEquals(0, writer.takeFrames(TO_SERVER));
  }

  @Test
  void aFlowThatIsTakenBackIsCapturedAgain() {
    give(Ipv4.PROTOCOL_TCP);
    assertTrue(writer.remove(FLOW, Ipv4.PROTOCOL_TCP));
    assertFalse(writer.remove(FLOW, Ipv4.PROTOCOL_TCP));
    send(tcp(CLIENT, SERVICE).frame());
    receive(atBox);
    assertArrayEquals(tcp(CLIENT, SERVICE).array(), bytes());
  }

  @Test
  void aFlowForWhichThereIsNoRoomIsNotGivenByHalves() {
    assertTrue(put(0, false));
    for (int i = 1; i < CAPACITY; i++) {
      assertTrue(put(i, true));
    }
    assertFalse(put(CAPACITY, true));
    assertTrue(put(CAPACITY, false));
    assertFalse(put(CAPACITY + 1, false));
  }

  /** Under keys of their own, however often it is the same entries. */
  private boolean put(int number, boolean bothWays) {
    long high = IpAddress.IPV4_HIGH;
    long any = IpAddress.ipv4Low(1);
    writer.rewrite(TO_SERVER, high, any, 5000 + number, high, any, 8080);
    writer.send(TO_SERVER, 1, BOX_MAC, SERVER_MAC, MTU);
    writer.rewrite(TO_CLIENT, high, any, 80, high, any, 4000 + number);
    if (bothWays) {
      writer.send(TO_CLIENT, 0, BOX_MAC, CLIENT_MAC, MTU);
    }
    return writer.put(FLOW, Ipv4.PROTOCOL_TCP);
  }

  @Test
  void withoutPrivilegesOneLineSaysWhatIsMissing() {
    ExecutionException refused =
        assertThrows(ExecutionException.class, () -> box.call(this::withoutPrivileges));
    assertTrue(refused.getCause() instanceof BpfException, refused::toString);
    assertTrue(refused.getMessage().contains("CAP_BPF"), refused.getMessage());
  }

  private KernelFlows withoutPrivileges() throws Exception {
    NetworkNamespace.dropCapabilities();
    return KernelFlows.load(CAPACITY);
  }

  private void give(int protocol) {
    IpAddress nat = IpAddress.parse(NAT);
    IpAddress server = IpAddress.parse(SERVER);
    writer.rewrite(TO_SERVER, nat.high(), nat.low(), 5000, server.high(), server.low(), 8080);
    writer.send(TO_SERVER, 1, BOX_MAC, SERVER_MAC, MTU).only(TO_SERVER, 0, CLIENT_MAC);
    IpAddress client = IpAddress.parse(CLIENT);
    IpAddress service = IpAddress.parse(SERVICE);
    writer.rewrite(TO_CLIENT, service.high(), service.low(), 80, client.high(), client.low(), 4000);
    assertTrue(writer.put(FLOW, protocol));
  }

  private FrameBuilder tcp(String source, String destination) {
    return macs(FrameBuilder.tcp(source, 4000, destination, 80));
  }

  private FrameBuilder macs(FrameBuilder builder) {
    return builder.macs(CLIENT_MAC, serviceMac);
  }

  private static FrameBuilder sent(String source, String destination) {
    return FrameBuilder.tcp(source, 5000, destination, 8080);
  }

  private static FrameBuilder rewritten(FrameBuilder builder) {
    return builder.macs(BOX_MAC, SERVER_MAC).timeToLive(63);
  }

  private void send(Frame sent) {
    fromClient.send(sent);
    fromClient.flush();
  }

  private void assertForwarded(FrameBuilder expected) {
    receive(atServer);
    assertArrayEquals(expected.array(), bytes());
  }

  private void receive(PacketSource source) {
    Poller poller = new Poller(source.descriptor());
    while (!source.receive(frame)) {
      assertTrue(poller.await(5 * SECOND), "no frame came");
    }
    source.release(1);
  }

  private byte[] bytes() {
    byte[] bytes = new byte[frame.length()];
    frame.buffer().getBytes(0, bytes);
    return bytes;
  }

  private void assertNothingIsCaptured() {
    assertFalse(atBox.receive(frame), "a frame was captured");
  }
}
