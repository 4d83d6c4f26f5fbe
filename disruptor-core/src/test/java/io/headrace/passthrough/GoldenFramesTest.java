package io.headrace.passthrough;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.forward.Reason;
import io.headrace.io.CaptureFileSink;
import io.headrace.io.Frame;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Tcp;
import io.headrace.packet.Udp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Frames as data, for every way of forwarding: a line that describes, the frame that comes in
 * ({@code <}), and each that goes out ({@code >}) or the reason that it is refused for ({@code !}).
 * They run through one pipeline in the order of the file; {@code partial} and {@code gso=} are what
 * a kernel says of a frame beside its bytes. With {@code -Dheadrace.golden=write} what comes out is
 * written anew: look at the difference.
 */
class GoldenFramesTest {
  private static final Path FILE =
      Path.of(System.getProperty("basedir", "."), "src", "test", "resources", "golden-frames.txt");

  private static final boolean WRITE = "write".equals(System.getProperty("headrace.golden"));

  /** What says so in its description is to leave with a checksum as wrong as it came. */
  private static final String WRONG = "a checksum that came wrong";

  /** A case of the file, with what came of it. */
  private record Golden(String description, String in, List<String> expected, List<String> out) {}

  @Test
  void whatComesOutIsWhatTheFileSays() throws Exception {
    List<Golden> all = run();
    if (WRITE) {
      StringBuilder text = new StringBuilder();
      for (Golden each : all) {
        text.append(each.description).append('\n').append(each.in).append('\n');
        each.out.forEach(line -> text.append(line).append('\n'));
        text.append('\n');
      }
      Files.writeString(FILE, text);
      return;
    }
    for (Golden each : all) {
      assertEquals(String.join("\n", each.expected), String.join("\n", each.out), each.description);
    }
    assertTrue(all.size() > 60, "cases: " + all.size());
  }

  @Test
  void anIndependentDecoderFindsNothingWrong(@TempDir Path directory) throws Exception {
    requireTshark();
    Path file = directory.resolve("out.pcap");
    List<String> descriptions = new ArrayList<>();
    try (CaptureFileSink sink = new CaptureFileSink(file)) {
      for (Golden each : run()) {
        for (String line : each.out) {
          if (line.startsWith(">")) {
            descriptions.add(each.description);
            sink.send(frame(line));
          }
        }
      }
    }
    TreeSet<String> wrong = new TreeSet<>();
    for (String number :
        tshark(
            file,
            "-Y",
            // What an ICMP error quotes is cut, and so is what its checksum is over.
            "_ws.malformed || ip.checksum.status == 0 || icmp.checksum.status == 0"
                + " || icmpv6.checksum.status == 0"
                + " || !icmp && !icmpv6 && (tcp.checksum.status == 0 || udp.checksum.status == 0)",
            "-e",
            "frame.number")) {
      wrong.add(descriptions.get(Integer.parseInt(number) - 1));
    }
    TreeSet<String> meantToBe = new TreeSet<>();
    descriptions.stream().filter(each -> each.contains(WRONG)).forEach(meantToBe::add);
    assertEquals(meantToBe, wrong);

    List<String> seen =
        tshark(
            file,
            ("-e ip.src -e ipv6.src -e ip.dst -e ipv6.dst -e udp.dstport -e tcp.dstport")
                .split(" "));
    assertEquals(descriptions.size(), seen.size());
    for (int i = 0; i < seen.size(); i++) {
      String[] fields = seen.get(i).split("\t", -1);
      String ends =
          "%s\t%s\t%s\t%s"
              .formatted(
                  either(fields[0], fields[1]), either(fields[2], fields[3]), fields[4], fields[5]);
      requireRightEnds(descriptions.get(i), ends);
    }
  }

  /** What there is of IPv4, then what there is of IPv6. */
  private static String either(String ipv4, String ipv6) {
    return ipv4.isEmpty() || ipv6.isEmpty() ? ipv4 + ipv6 : ipv4 + "," + ipv6;
  }

  /** That the decoder understands a frame as what its description says. */
  private static void requireRightEnds(String description, String fields) {
    String way = description.replaceAll(":.*", "");
    Map<String, String> ends =
        Map.ofEntries(
            entry("l2", "192\\.0\\.2\\.1\t10\\.0\\.0\\.2\t(80\t|\t80)"),
            entry("nat", "192\\.0\\.2\\.1\t10\\.0\\.0\\.12\t(8080\t|\t8080)"),
            entry(
                "ipip",
                "172\\.16\\..*,192\\.0\\.2\\.1\t10\\.0\\.0\\.13,10\\.0\\.0\\.2\t(82\t|\t82)"),
            entry(
                "gue",
                "10\\.0\\.0\\.2,192\\.0\\.2\\.1\t10\\.0\\.0\\.14,10\\.0\\.0\\.2\t6080(,83\t|\t83)"),
            entry("passthrough", "10\\.0\\.0\\.2\t10\\.0\\.0\\.15\t(8084\t|\t8084)"),
            entry(
                "ipip 6 in 4",
                "172\\.16\\..*,2001:db8:1::1\t10\\.0\\.0\\.20,2001:db8::2\t(86\t|\t86)"),
            entry(
                "ipip 4 in 6", "192\\.0\\.2\\.1,100::.*\t10\\.0\\.0\\.2,2001:db8::21\t(87\t|\t87)"),
            entry("ipip 6 in 6", "100::.*,2001:db8:1::1\t2001:db8::22,2001:db8::2\t(88\t|\t88)"),
            entry(
                "gue 6 in 4",
                "10\\.0\\.0\\.2,2001:db8:1::1\t10\\.0\\.0\\.23,2001:db8::2\t6080(,89\t|\t89)"),
            entry(
                "gue 4 in 6",
                "192\\.0\\.2\\.1,2001:db8::2\t10\\.0\\.0\\.2,2001:db8::24\t6080(,90\t|\t90)"),
            entry(
                "gue 6 in 6",
                "2001:db8::2,2001:db8:1::1\t2001:db8::25,2001:db8::2\t6080(,91\t|\t91)"),
            entry("client", "192\\.0\\.2\\.1\t10\\.0\\.0\\.18\t(8085\t|\t8085)"),
            entry("l2 over IPv6", "2001:db8:1::1\t2001:db8::2\t(80\t|\t80)"),
            entry("nat over IPv6", "2001:db8:1::1\t2001:db8::12\t(8080\t|\t8080)"),
            entry("passthrough over IPv6", "2001:db8::2\t2001:db8::15\t(8084\t|\t8084)"),
            entry("client over IPv6", "2001:db8:1::1\t2001:db8::18\t(8085\t|\t8085)"));
    String toClient = "10\\.0\\.0\\.2(,192\\.0\\.2\\.1)?\t192\\.0\\.2\\.1(,10\\.0\\.0\\.2)?\t.*";
    String toIpv6 = "2001:db8::2(,2001:db8:1::1)?\t2001:db8:1::1(,2001:db8::2)?\t.*";
    String error = "2001:db8:(9|1)::1,2001:db8::(2|12)\t2001:db8::(2|12),2001:db8:1::1\t.*";
    boolean right =
        Stream.of(ends.getOrDefault(way, ""), toClient, toIpv6, error).anyMatch(fields::matches);
    assertTrue(right, () -> description + ": " + fields);
  }

  private static List<String> tshark(Path file, String... more) throws Exception {
    List<String> line = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
    for (String protocol : List.of("ip", "tcp", "udp")) {
      line.addAll(List.of("-o", protocol + ".check_checksum:TRUE"));
    }
    line.addAll(List.of("-o", "udp.ignore_ipv6_zero_checksum:TRUE"));
    line.addAll(List.of("-o", "tcp.desegment_tcp_streams:FALSE", "-d", "udp.port==6080,ip"));
    line.addAll(List.of("--disable-protocol", "http", "-T", "fields"));
    line.addAll(List.of(more));
    Path errors = file.resolveSibling("errors");
    Process process = new ProcessBuilder(line).redirectError(errors.toFile()).start();
    List<String> output = process.inputReader().readAllLines();
    assertEquals(0, process.waitFor(), () -> line + ": " + text(errors));
    return output;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void requireTshark() {
    boolean found =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "tshark")));
    String reason = "this machine lacks tshark (apt-get install tshark)";
    if ("true".equals(System.getenv("CI"))) {
      assertTrue(found, reason);
    }
    Assumptions.assumeTrue(found, reason);
  }

  private static Config config() throws ConfigException {
    return ConfigReader.read(
        """
        [frontends]
        l2 = { listen_addr = "10.0.0.2:80", mode = "dsr", dsr = "l2", backend = "l2" }
        l2_udp = { listen_addr = "10.0.0.2:80", protocol = "udp", mode = "dsr", dsr = "l2", backend = "l2" }
        nat = { listen_addr = "10.0.0.2:81", mode = "dsr", backend = "nat" }
        nat_udp = { listen_addr = "10.0.0.2:81", protocol = "udp", mode = "dsr", backend = "nat" }
        ipip = { listen_addr = "10.0.0.2:82", mode = "dsr", dsr = "ipip", backend = "ipip" }
        ipip_udp = { listen_addr = "10.0.0.2:82", protocol = "udp", mode = "dsr", dsr = "ipip", backend = "ipip" }
        gue = { listen_addr = "10.0.0.2:83", mode = "dsr", dsr = "gue", backend = "gue" }
        gue_udp = { listen_addr = "10.0.0.2:83", protocol = "udp", mode = "dsr", dsr = "gue", backend = "gue" }
        passthrough = { listen_addr = "10.0.0.2:84", mode = "passthrough", backend = "passthrough" }
        passthrough_udp = { listen_addr = "10.0.0.2:84", protocol = "udp", mode = "passthrough", backend = "passthrough" }
        l2_6 = { listen_addr = "[2001:db8::2]:80", mode = "dsr", dsr = "l2", backend = "l2_6" }
        l2_6_udp = { listen_addr = "[2001:db8::2]:80", protocol = "udp", mode = "dsr", dsr = "l2", backend = "l2_6" }
        nat_6 = { listen_addr = "[2001:db8::2]:81", mode = "dsr", backend = "nat_6" }
        nat_6_udp = { listen_addr = "[2001:db8::2]:81", protocol = "udp", mode = "dsr", backend = "nat_6" }
        passthrough_6 = { listen_addr = "[2001:db8::2]:84", mode = "passthrough", backend = "passthrough_6" }
        passthrough_6_udp = { listen_addr = "[2001:db8::2]:84", protocol = "udp", mode = "passthrough", backend = "passthrough_6" }
        client = { listen_addr = "10.0.0.2:85", mode = "passthrough", source = "client", backend = "client" }
        client_udp = { listen_addr = "10.0.0.2:85", protocol = "udp", mode = "passthrough", source = "client", backend = "client" }
        client_6 = { listen_addr = "[2001:db8::2]:85", mode = "passthrough", source = "client", backend = "client_6" }
        client_6_udp = { listen_addr = "[2001:db8::2]:85", protocol = "udp", mode = "passthrough", source = "client", backend = "client_6" }
        ipip_6_in_4 = { listen_addr = "[2001:db8::2]:86", mode = "dsr", dsr = "ipip", backend = "ipip_6_in_4" }
        ipip_6_in_4_udp = { listen_addr = "[2001:db8::2]:86", protocol = "udp", mode = "dsr", dsr = "ipip", backend = "ipip_6_in_4" }
        ipip_4_in_6 = { listen_addr = "10.0.0.2:87", mode = "dsr", dsr = "ipip", backend = "ipip_4_in_6" }
        ipip_4_in_6_udp = { listen_addr = "10.0.0.2:87", protocol = "udp", mode = "dsr", dsr = "ipip", backend = "ipip_4_in_6" }
        ipip_6_in_6 = { listen_addr = "[2001:db8::2]:88", mode = "dsr", dsr = "ipip", backend = "ipip_6_in_6" }
        ipip_6_in_6_udp = { listen_addr = "[2001:db8::2]:88", protocol = "udp", mode = "dsr", dsr = "ipip", backend = "ipip_6_in_6" }
        gue_6_in_4 = { listen_addr = "[2001:db8::2]:89", mode = "dsr", dsr = "gue", backend = "gue_6_in_4" }
        gue_6_in_4_udp = { listen_addr = "[2001:db8::2]:89", protocol = "udp", mode = "dsr", dsr = "gue", backend = "gue_6_in_4" }
        gue_4_in_6 = { listen_addr = "10.0.0.2:90", mode = "dsr", dsr = "gue", backend = "gue_4_in_6" }
        gue_4_in_6_udp = { listen_addr = "10.0.0.2:90", protocol = "udp", mode = "dsr", dsr = "gue", backend = "gue_4_in_6" }
        gue_6_in_6 = { listen_addr = "[2001:db8::2]:91", mode = "dsr", dsr = "gue", backend = "gue_6_in_6" }
        gue_6_in_6_udp = { listen_addr = "[2001:db8::2]:91", protocol = "udp", mode = "dsr", dsr = "gue", backend = "gue_6_in_6" }
        [backends]
        l2.servers.a.addr = "10.0.0.11:80"
        nat.servers.a.addr = "10.0.0.12:8080"
        ipip.servers.a.addr = "10.0.0.13:82"
        gue.servers.a.addr = "10.0.0.14:83"
        passthrough.servers.a.addr = "10.0.0.15:8084"
        l2_6.servers.a.addr = "[2001:db8::11]:80"
        nat_6.servers.a.addr = "[2001:db8::12]:8080"
        passthrough_6.servers.a.addr = "[2001:db8::15]:8084"
        client.servers.a.addr = "10.0.0.18:8085"
        client_6.servers.a.addr = "[2001:db8::18]:8085"
        ipip_6_in_4.servers.a.addr = "10.0.0.20:86"
        ipip_4_in_6.servers.a.addr = "[2001:db8::21]:87"
        ipip_6_in_6.servers.a.addr = "[2001:db8::22]:88"
        gue_6_in_4.servers.a.addr = "10.0.0.23:89"
        gue_4_in_6.servers.a.addr = "[2001:db8::24]:90"
        gue_6_in_6.servers.a.addr = "[2001:db8::25]:91"
        [passthrough]
        ring_size = 256
        """,
        Path.of("golden.toml"),
        Mode.DSR);
  }

  private static List<Golden> run() throws Exception {
    List<Golden> all = new ArrayList<>();
    long now = 1_000_000_000L;
    try (Bench bench = new Bench(config(), FlowHash.fixed(), _ -> FlowStore.NONE)) {
      for (String part : Files.readString(FILE).split("\n\n")) {
        List<String> lines = part.strip().lines().toList();
        Map<Reason, Long> before = Map.copyOf(bench.counts().refused());
        bench.source.give(frame(lines.get(1)), now++);
        bench.sink.partialChecksums().clear();
        List<byte[]> sent = bench.run();
        List<String> out = new ArrayList<>();
        for (int i = 0; i < sent.size(); i++) {
          boolean partial = bench.sink.partialChecksums().get(i);
          out.add((partial ? "> partial " : "> ") + HexFormat.of().formatHex(sent.get(i)));
        }
        bench
            .counts()
            .refused()
            .forEach(
                (reason, count) -> {
                  if (count > before.getOrDefault(reason, 0L)) {
                    out.add("! " + reason.label());
                  }
                });
        all.add(new Golden(lines.get(0), lines.get(1), lines.subList(2, lines.size()), out));
      }
      assertEquals(0, bench.counts().faults().get());
    }
    return all;
  }

  /** A frame as a line of the file has it. */
  private static Frame frame(String line) {
    String[] words = line.split(" ");
    byte[] bytes = HexFormat.of().parseHex(words[words.length - 1]);
    Frame frame = FrameBuilder.frame(new UnsafeBuffer(bytes));
    for (String word : words) {
      if (word.equals("partial")) {
        Headers headers = new Headers();
        headers.parse(frame.buffer());
        boolean tcp = headers.protocol() == Ipv4.PROTOCOL_TCP;
        frame.partialChecksum(headers.transportOffset(), tcp ? Tcp.CHECKSUM : Udp.CHECKSUM);
      } else if (word.startsWith("gso=")) {
        frame.gso(1, Integer.parseInt(word.substring(4)));
      }
    }
    return frame;
  }
}
