package io.headrace.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.forward.Reason;
import io.headrace.io.CaptureFileSink;
import io.headrace.io.CaptureFileSource;
import io.headrace.io.Frame;
import io.headrace.io.FrameIoException;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Tcp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayTest {
  private static final int FLOWS = 10_000;

  private static final List<String> MODES =
      List.of(
          "mode = \"passthrough\"",
          "mode = \"passthrough\"\nsource = \"client\"",
          "mode = \"dsr\"\ndsr = \"l2\"",
          "mode = \"dsr\"\ndsr = \"nat\"",
          "mode = \"dsr\"\ndsr = \"ipip\"",
          "mode = \"dsr\"\ndsr = \"gue\"");

  @TempDir private Path directory;
  private Path in;
  private Path out;

  /** A frame that came out. */
  private record Seen(
      int source,
      int sourcePort,
      int destination,
      int destinationPort,
      long destinationMac,
      boolean right) {}

  @BeforeEach
  void name() {
    in = directory.resolve("in.pcap");
    out = directory.resolve("out.pcap");
  }

  @Test
  void tenThousandFlowsMeetOneServerEachBothWaysWhateverTheThreadsAndWorkers() throws Exception {
    List<FrameBuilder> requests = new ArrayList<>();
    for (int flow = 0; flow < FLOWS; flow++) {
      requests.add(client(flow).flags(Tcp.SYN));
    }
    write(requests);
    assertEquals(FLOWS, replay("").forwarded());
    List<Seen> opened = read();

    List<FrameBuilder> conversation = new ArrayList<>(requests);
    for (Seen seen : opened) {
      conversation.add(answer(seen).flags(Tcp.SYN | Tcp.ACK));
    }
    for (int flow = 0; flow < FLOWS; flow++) {
      conversation.add(client(flow).payload(new byte[10 + flow % 100]));
    }
    for (Seen seen : opened) {
      conversation.add(answer(seen).payload(new byte[200]));
    }
    write(conversation);
    ReplayReport report = replay("");
    assertEquals(new ReplayReport(4 * FLOWS, 4 * FLOWS, Map.of(), 0, Optional.empty()), report);
    byte[] expected = Files.readAllBytes(out);
    List<Seen> all = read();

    assertTrue(all.stream().allMatch(Seen::right), "checksums");
    Map<Integer, Integer> byServer = new HashMap<>();
    for (int flow = 0; flow < FLOWS; flow++) {
      Seen syn = all.get(flow);
      Seen synAck = all.get(FLOWS + flow);
      Seen data = all.get(2 * FLOWS + flow);
      byServer.merge(syn.destination(), 1, Integer::sum);
      assertEquals(syn, data, "one server and one NAT port");
      assertEquals(clientAddress(flow), dotted(synAck.destination()));
      assertEquals(clientPort(flow), synAck.destinationPort());
      assertEquals("10.0.0.2", dotted(synAck.source()));
    }
    assertEquals(3, byServer.size());

    for (String threading : List.of("shared", "dedicated")) {
      for (int workers : new int[] {1, 4}) {
        ReplayReport again =
            replay("threading = \"%s\"\nworkers = %d\n".formatted(threading, workers));
        assertEquals(report, again, threading + " " + workers);
        assertArrayEquals(expected, Files.readAllBytes(out), threading + " " + workers);
      }
    }
  }

  @Test
  void serversThatAreDownGetNothing() throws Exception {
    write(List.of(client(1).flags(Tcp.SYN), client(2).flags(Tcp.SYN), client(3).flags(Tcp.SYN)));
    Config config = config("");
    Set<String> down = Set.of("10.0.0.11:80", "10.0.0.12:80");
    Replay.run(
        config,
        new ReplayOptions(
            in,
            out,
            down.stream().map(Address::parse).collect(java.util.stream.Collectors.toSet()),
            Map.of(),
            Optional.empty()),
        (_, _) -> {});
    assertEquals(
        List.of("10.0.0.13", "10.0.0.13", "10.0.0.13"),
        read().stream().map(seen -> dotted(seen.destination())).toList());
  }

  @Test
  void macAddressesComeFromTheCaptureElseFromTheCallerElseFromTheAddress() throws Exception {
    write(
        List.of(
            client(1).flags(Tcp.SYN),
            FrameBuilder.tcp("10.0.0.11", 80, "10.0.0.2", 20000).macs(0x0A0B0C0D0E0FL, 1),
            client(2).flags(Tcp.SYN),
            client(3).flags(Tcp.SYN),
            client(4).flags(Tcp.SYN),
            client(5).flags(Tcp.SYN),
            client(6).flags(Tcp.SYN)));
    Map<IpAddress, Long> given = Map.of(IpAddress.parse("10.0.0.12"), 0x0202_0202_0202L);
    Replay.run(
        config(""), new ReplayOptions(in, out, Set.of(), given, Optional.empty()), (_, _) -> {});

    Map<String, Long> expected =
        Map.of(
            "10.0.0.11", 0x0A0B0C0D0E0FL,
            "10.0.0.12", 0x0202_0202_0202L,
            "10.0.0.13", 0x0200_0A00_000DL);
    Set<String> met = new java.util.HashSet<>();
    for (Seen seen : read()) {
      met.add(dotted(seen.destination()));
      assertEquals(expected.get(dotted(seen.destination())), seen.destinationMac());
    }
    assertEquals(expected.keySet(), met);
  }

  @Test
  void flowsGoOnFromTheFlowFile() throws Exception {
    Path flows = directory.resolve("flows");
    write(List.of(client(1).flags(Tcp.SYN)));
    ReplayOptions options = new ReplayOptions(in, out, Set.of(), Map.of(), Optional.of(flows));
    Replay.run(config(""), options, (_, _) -> {});
    Seen syn = read().getFirst();
    write(
        List.of(
            client(1).flags(Tcp.SYN),
            answer(syn).flags(Tcp.SYN | Tcp.ACK),
            client(1).flags(Tcp.ACK)));
    Replay.run(config(""), options, (_, _) -> {});

    write(List.of(client(1).payload(new byte[9]), client(2).payload(new byte[9])));
    ReplayReport report = Replay.run(config("workers = 3\n"), options, (_, _) -> {});

    assertEquals(Map.of(Reason.UNKNOWN_RESET, 1L), report.refused());
    assertEquals(syn, read().getFirst());
  }

  @Test
  void flowsOfIpv6GoOnFromTheFlowFile() throws Exception {
    Path flows = directory.resolve("flows");
    FrameBuilder syn = ipv6Client().flags(Tcp.SYN);
    write(List.of(syn));
    ReplayOptions options = new ReplayOptions(in, out, Set.of(), Map.of(), Optional.of(flows));
    Replay.run(ipv6Config(""), options, (_, _) -> {});
    Headers toServer = onlyFrame();
    write(
        List.of(
            syn,
            FrameBuilder.tcp(
                    toServer.destination().toString(), 80, "2001:db8::2", toServer.sourcePort())
                .flags(Tcp.SYN | Tcp.ACK)));
    Replay.run(ipv6Config(""), options, (_, _) -> {});

    write(List.of(ipv6Client().payload(new byte[9])));
    Replay.run(ipv6Config("workers = 3\n"), options, (_, _) -> {});

    Headers data = onlyFrame();
    assertEquals(toServer.destination(), data.destination());
    assertEquals(toServer.source(), data.source());
    assertEquals(toServer.sourcePort(), data.sourcePort());
  }

  @Test
  void everyModeIsReplayedOverBothFamilies() throws Exception {
    List<FrameBuilder> frames = new ArrayList<>();
    for (int port = 80; port < 80 + MODES.size(); port++) {
      frames.add(FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", port).flags(Tcp.SYN));
      frames.add(FrameBuilder.tcp("2001:db8:1::7", 40000, "2001:db8::2", port).flags(Tcp.SYN));
    }
    write(frames);
    ReplayOptions options = new ReplayOptions(in, out, Set.of(), Map.of(), Optional.empty());
    ReplayReport report = Replay.run(everyMode("threading = \"shared\""), options, (_, _) -> {});
    assertEquals(
        new ReplayReport(frames.size(), frames.size(), Map.of(), 0, Optional.empty()), report);
    byte[] expected = Files.readAllBytes(out);
    Stream<String> destinations =
        Stream.of(
            "10.0.0.80",
            "2001:db8::80",
            "10.0.0.81",
            "2001:db8::81",
            "10.0.0.2",
            "2001:db8::2",
            "10.0.0.83",
            "2001:db8::83",
            // The outer ones, each of the other family.
            "2001:db8::84",
            "10.0.0.84",
            "2001:db8::85",
            "10.0.0.85");
    assertEquals(destinations.map(IpAddress::parse).toList(), destinations());

    Replay.run(everyMode("threading = \"dedicated\"\nworkers = 3"), options, (_, _) -> {});
    assertArrayEquals(expected, Files.readAllBytes(out));
  }

  /** Frontends of both families at ports from 80 on, a mode each. */
  private static Config everyMode(String settings) throws Exception {
    StringBuilder text = new StringBuilder("[passthrough]\n" + settings + "\n");
    for (int i = 0; i < MODES.size(); i++) {
      boolean crosses = MODES.get(i).contains("ipip") || MODES.get(i).contains("gue");
      int port = 80 + i;
      String ipv4 = "10.0.0." + port;
      String ipv6 = "[2001:db8::%d]".formatted(port);
      for (String own : List.of("10.0.0.2", "[2001:db8::2]")) {
        boolean toIpv6 = own.startsWith("[") != crosses;
        text.append(
            """
            [frontends."%1$s:%2$d"]
            listen_addr = "%1$s:%2$d"
            backend = "%1$s:%2$d"
            %3$s
            [backends."%1$s:%2$d".servers.a]
            addr = "%4$s:%2$d"
            """
                .formatted(own, port, MODES.get(i), toIpv6 ? ipv6 : ipv4));
      }
    }
    return ConfigReader.read(text.toString(), Path.of("modes.toml"), Mode.PASSTHROUGH);
  }

  private List<IpAddress> destinations() {
    List<IpAddress> found = new ArrayList<>();
    Headers headers = new Headers();
    Frame frame = new Frame();
    try (CaptureFileSource source = new CaptureFileSource(out, 64)) {
      while (source.receive(frame)) {
        headers.parse(frame.buffer());
        found.add(headers.destination());
      }
    }
    return found;
  }

  private static FrameBuilder ipv6Client() {
    return FrameBuilder.tcp("2001:db8:1::7", 40000, "2001:db8::2", 80);
  }

  private static Config ipv6Config(String settings) throws Exception {
    return ConfigReader.read(
        """
        [frontends.web]
        listen_addr = "[2001:db8::2]:80"
        backend = "pool"
        [backends.pool.servers.a]
        addr = "[2001:db8::11]:80"
        [backends.pool.servers.b]
        addr = "[2001:db8::12]:80"
        [passthrough]
        connection_tracker_capacity = 5000
        """
            + settings,
        Path.of("replay.toml"),
        Mode.PASSTHROUGH);
  }

  /** The headers of the one frame that came out, with its checksum found right. */
  private Headers onlyFrame() {
    Frame frame = new Frame();
    Headers headers = new Headers();
    try (CaptureFileSource source = new CaptureFileSource(out, 2)) {
      assertTrue(source.receive(frame));
      headers.parse(frame.buffer());
      assertTrue(Checksums.transportValid(frame.buffer(), headers));
      assertFalse(source.receive(new Frame()));
    }
    return headers;
  }

  @Test
  void whatLiesBeforeTheDamageOfAFileIsReplayed() throws Exception {
    write(List.of(client(1).flags(Tcp.SYN), client(2).flags(Tcp.SYN)));
    byte[] bytes = Files.readAllBytes(in);
    Files.write(in, Arrays.copyOf(bytes, bytes.length - 5));

    for (String threading : List.of("shared", "dedicated")) {
      ReplayReport report = replay("threading = \"%s\"\n".formatted(threading));
      assertEquals(1, report.forwarded());
      String damage = report.damage().orElseThrow();
      assertTrue(damage.contains(in.toString()), damage);
      assertEquals(1, read().size());
    }
  }

  @Test
  void aFileThatCannotBeWrittenEndsTheReplayAndIsTold() throws Exception {
    write(List.of(client(1).flags(Tcp.SYN), client(2).flags(Tcp.SYN)));
    out = Path.of("/dev/full");
    for (String threading : List.of("shared", "dedicated")) {
      String message =
          assertThrows(
                  FrameIoException.class, () -> replay("threading = \"%s\"\n".formatted(threading)))
              .getMessage();
      assertEquals("cannot write /dev/full: No space left on device", message);
    }
  }

  private ReplayReport replay(String settings) throws Exception {
    return Replay.run(
        config(settings),
        new ReplayOptions(in, out, Set.of(), Map.of(), Optional.empty()),
        (_, _) -> {});
  }

  private static Config config(String settings) throws Exception {
    return ConfigReader.read(
        """
        [frontends.web]
        listen_addr = "10.0.0.2:80"
        backend = "pool"
        [backends.pool.servers.a]
        addr = "10.0.0.11:80"
        [backends.pool.servers.b]
        addr = "10.0.0.12:80"
        [backends.pool.servers.c]
        addr = "10.0.0.13:80"
        [passthrough]
        connection_tracker_capacity = 50000
        """
            + settings,
        Path.of("replay.toml"),
        Mode.PASSTHROUGH);
  }

  private static FrameBuilder client(int flow) {
    return FrameBuilder.tcp(clientAddress(flow), clientPort(flow), "10.0.0.2", 80);
  }

  private static String clientAddress(int flow) {
    return "192.0.%d.%d".formatted(2 + flow / 250, 1 + flow % 250);
  }

  private static int clientPort(int flow) {
    return 1024 + flow * 7 % 60_000;
  }

  private static FrameBuilder answer(Seen seen) {
    return FrameBuilder.tcp(
        dotted(seen.destination()),
        seen.destinationPort(),
        dotted(seen.source()),
        seen.sourcePort());
  }

  private static String dotted(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 255)
        + "."
        + (address >>> 8 & 255)
        + "."
        + (address & 255);
  }

  private void write(List<FrameBuilder> frames) {
    try (CaptureFileSink sink = new CaptureFileSink(in)) {
      long timeNs = 1_000_000_000_000L;
      for (FrameBuilder builder : frames) {
        Frame frame = builder.frame();
        frame.timeNs(timeNs += 1000);
        sink.send(frame);
      }
    }
  }

  private List<Seen> read() {
    List<Seen> seen = new ArrayList<>();
    Frame frame = new Frame();
    Headers headers = new Headers();
    try (CaptureFileSource source = new CaptureFileSource(out, 1)) {
      while (source.receive(frame)) {
        headers.parse(frame.buffer());
        seen.add(
            new Seen(
                headers.sourceAddress(),
                headers.sourcePort(),
                headers.destinationAddress(),
                headers.destinationPort(),
                Ethernet.getMac(frame.buffer(), Ethernet.DESTINATION),
                Checksums.ipv4Valid(frame.buffer(), headers.networkOffset())
                    && Checksums.transportValid(frame.buffer(), headers)));
      }
    }
    return seen;
  }
}
