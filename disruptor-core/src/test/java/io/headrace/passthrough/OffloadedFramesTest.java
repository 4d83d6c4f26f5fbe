package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.io.Frame;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import io.headrace.packet.Tcp;
import io.headrace.packet.Udp;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the kernel forwards comes out byte for byte as the pipeline would have had it: a script of
 * frames is sent twice, with offload and without.
 */
@Tag("network")
@Timeout(90)
class OffloadedFramesTest {
  private static final int RANDOM_FRAMES = 150;
  private static final int GSO_TCPV4 = 1;
  private static final int GSO_TCPV6 = 4;
  private static final int SEGMENT = 1400;

  private static Row row;

  @BeforeAll
  static void connect() throws Exception {
    row = new Row();
  }

  @AfterAll
  static void disconnect() throws Exception {
    if (row != null) {
      row.close();
    }
  }

  @ParameterizedTest
  @MethodSource("waysOfBothFamilies")
  void connections(Ends ends, Way way) throws Exception {
    assertSame(ends, way, OffloadedFramesTest::tcp);
  }

  @ParameterizedTest
  @MethodSource("waysOfBothFamilies")
  void datagrams(Ends ends, Way way) throws Exception {
    assertSame(ends, way, OffloadedFramesTest::udp);
  }

  static Stream<Arguments> waysOfBothFamilies() {
    return Stream.of(Way.values())
        .flatMap(way -> Stream.of(Ends.values()).map(ends -> Arguments.of(ends, way)));
  }

  private static void assertSame(Ends ends, Way way, Consumer<ScriptedRun> script)
      throws Exception {
    ScriptedRun without = new ScriptedRun(row, ends, way, false);
    ScriptedRun with = new ScriptedRun(row, ends, way, true);
    without.play(script);
    with.play(script);
    assertEquals(String.join("\n", without.seen()), String.join("\n", with.seen()));
    assertEquals(without.traffic(), with.traffic());
    assertEquals(0, without.offloaded());
    // Of each direction, nearly all; else this would compare the pipeline with itself.
    int random = (way.isAnswered() ? 2 : 1) * RANDOM_FRAMES;
    assertTrue(with.offloaded() > random * 9 / 10, () -> with.offloaded() + " offloaded");
    assertEquals(without.received(), with.received() + with.offloaded());
  }

  private static void tcp(ScriptedRun run) {
    Ends ends = run.ends();
    run.fromClient(question(run).flags(Tcp.SYN));
    run.takeSeenPort();
    run.fromServer(answer(run).flags(Tcp.SYN | Tcp.ACK));
    for (int i = 0; i < 4; i++) {
      run.fromClient(question(run));
      run.fromServer(answer(run));
    }
    Random random = new Random(1);
    for (int i = 0; i < RANDOM_FRAMES; i++) {
      run.fromClient(random(question(run).flags(Tcp.ACK | Tcp.PSH), random));
      run.fromServer(random(answer(run).sequence(i, 2 * i), random));
    }
    run.fromClient(question(run).tcpOptions(new byte[] {1, 1, 1, 1, 1, 1, 1, 0}));
    run.fromServer(superFrame(answer(run), ends));
    run.fromClient(superFrame(question(run), ends));

    // What is the pipeline's, between frames that are not.
    if (run.way() != Way.L2) {
      run.isAnswered(question(run).timeToLive(1));
    }
    run.fromClient(question(run));
    run.isDropped(wrong(question(run), ends.transport() + Tcp.HEADER_LENGTH, 0x10));
    run.isDropped(wrong(question(run), ends.transport() + Tcp.HEADER_LENGTH, 0xf0));
    run.isDropped(wrong(question(run), ends.length(), 0x40));
    run.fromClient(ends == Ends.IPV4 ? options(question(run)) : extension(question(run)));
    run.fromClient(moved(question(run)));
    run.fromServer(answer(run));
    run.fromClient(question(run));
    run.fromServer(answer(run).flags(Tcp.FIN | Tcp.ACK));
    run.fromClient(question(run).payload(FrameBuilder.bytes(99)));
    run.fromClient(question(run).flags(Tcp.FIN | Tcp.ACK));
    run.fromServer(answer(run));
    run.fromServer(answer(run).flags(Tcp.RST));
  }

  private static void udp(ScriptedRun run) {
    Ends ends = run.ends();
    run.fromClient(datagram(run));
    run.takeSeenPort();
    for (int i = 0; i < 4; i++) {
      run.fromServer(reply(run));
      run.fromClient(datagram(run));
    }
    Random random = new Random(2);
    for (int i = 0; i < RANDOM_FRAMES; i++) {
      run.fromClient(random(datagram(run), random));
      run.fromServer(random(reply(run), random));
    }
    run.fromClient(datagram(run).noChecksum());
    run.fromServer(reply(run).noChecksum().payload(FrameBuilder.bytes(3)));
    run.isDropped(wrong(datagram(run), ends.transport() + Udp.DATAGRAM_LENGTH, 0x40));
    run.fromClient(datagram(run));
    run.fromClient(ends == Ends.IPV4 ? options(datagram(run)) : extension(datagram(run)));
    if (ends == Ends.IPV4) {
      run.fromClient(datagram(run).fragment(Ipv4.MORE_FRAGMENTS).payload(FrameBuilder.bytes(72)));
      run.fromClient(datagram(run).fragment(10));
    }
    run.fromServer(reply(run).payload(FrameBuilder.bytes(99)));
  }

  private static FrameBuilder question(ScriptedRun run) {
    Ends ends = run.ends();
    return fromClient(FrameBuilder.tcp(ends.client(), Ends.CLIENT_PORT, ends.service(), Ends.TCP));
  }

  private static FrameBuilder datagram(ScriptedRun run) {
    Ends ends = run.ends();
    return fromClient(FrameBuilder.udp(ends.client(), Ends.CLIENT_PORT, ends.service(), Ends.UDP));
  }

  private static FrameBuilder fromClient(FrameBuilder frame) {
    return frame.macs(FrameBuilder.SOURCE_MAC, row.front().mac());
  }

  private static FrameBuilder answer(ScriptedRun run) {
    Ends ends = run.ends();
    return fromServer(
        FrameBuilder.tcp(ends.server(), Ends.SERVER_PORT, run.seenClient(), run.seenPort()));
  }

  private static FrameBuilder reply(ScriptedRun run) {
    Ends ends = run.ends();
    return fromServer(
        FrameBuilder.udp(ends.server(), Ends.SERVER_PORT, run.seenClient(), run.seenPort()));
  }

  private static FrameBuilder fromServer(FrameBuilder frame) {
    return frame.macs(ScriptedRun.SERVER_MAC, row.back().mac());
  }

  /** Lengths, padding, and checksums that are partial, or as wrong as can be. */
  private static Frame random(FrameBuilder frame, Random random) {
    frame
        .payload(FrameBuilder.bytes(random.nextInt(8) == 0 ? 0 : random.nextInt(SEGMENT)))
        .identification(random.nextInt(0x10000))
        .typeOfService(random.nextInt(0x100))
        .timeToLive(2 + random.nextInt(254))
        .padTo(60);
    switch (random.nextInt(3)) {
      case 0 -> frame.partialChecksum();
      case 1 -> frame.checksumError(random.nextInt(0x10000));
      default -> frame.checksumError(0);
    }
    return frame.frame();
  }

  private static Frame superFrame(FrameBuilder builder, Ends ends) {
    Frame frame = builder.payload(FrameBuilder.bytes(4000)).partialChecksum().frame();
    frame.gso(ends == Ends.IPV4 ? GSO_TCPV4 : GSO_TCPV6, SEGMENT);
    return frame;
  }

  private static Frame wrong(FrameBuilder builder, int at, int value) {
    Frame frame = builder.frame();
    frame.buffer().putByte(at, (byte) value);
    return frame;
  }

  private static FrameBuilder options(FrameBuilder frame) {
    return frame.ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 1);
  }

  private static FrameBuilder extension(FrameBuilder frame) {
    return frame.extension(Ipv6.DESTINATION_OPTIONS, 0, 1, 4, 0, 0, 0, 0);
  }

  private static FrameBuilder moved(FrameBuilder frame) {
    return frame.macs(FrameBuilder.SOURCE_MAC + 1, row.front().mac());
  }

  /** How the frontends forward. */
  enum Way {
    NAT(""),
    CLIENT("source = \"client\""),
    DSR("mode = \"dsr\"\ndsr = \"nat\""),
    L2("mode = \"dsr\"\ndsr = \"l2\"");

    private final String keys;

    Way(String keys) {
      this.keys = keys;
    }

    String keys() {
      return keys;
    }

    /** Whether the server's answers come by the box. */
    boolean isAnswered() {
      return this == NAT || this == CLIENT;
    }
  }

  /** Addresses of a family, and where its headers are. */
  enum Ends {
    IPV4("10.0.0.1", "10.0.0.9", "10.1.0.9", "10.1.0.1"),
    IPV6("2001:db8::1", "2001:db8::9", "2001:db8:1::9", "2001:db8:1::1");

    static final int TCP = 80;
    static final int UDP = 53;
    static final int SERVER_PORT = 8080;
    static final int CLIENT_PORT = 4000;

    private final String client;
    private final String service;
    private final String nat;
    private final String server;

    Ends(String client, String service, String nat, String server) {
      this.client = client;
      this.service = service;
      this.nat = nat;
      this.server = server;
    }

    String client() {
      return client;
    }

    String service() {
      return service;
    }

    String nat() {
      return nat;
    }

    String server() {
      return server;
    }

    int transport() {
      return Ethernet.LENGTH + (this == IPV4 ? Ipv4.LENGTH : Ipv6.LENGTH);
    }

    /** Of the high byte of the length that the IP header has. */
    int length() {
      return Ethernet.LENGTH + (this == IPV4 ? Ipv4.TOTAL_LENGTH : Ipv6.PAYLOAD_LENGTH);
    }
  }
}
