package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** What crosses an interface, as tshark decodes it: a decoder that is not ours. */
final class Wire {
  private static final Duration LIMIT = Duration.ofSeconds(120);

  private static final List<String> FIELDS =
      List.of(
          "frame.number",
          "eth.dst",
          "ip.src",
          "ip.dst",
          "ip.proto",
          "ip.len",
          "ip.hdr_len",
          "ip.checksum.status",
          "tcp.flags.reset",
          "tcp.checksum",
          "tcp.checksum_calculated",
          "udp.checksum",
          "udp.checksum_calculated");

  private final Host host;
  private final Path file;
  private final HostProcess capture;

  private Wire(Host host, Path file, HostProcess capture) {
    this.host = host;
    this.file = file;
    this.capture = capture;
  }

  /** Skips the test on a machine without tshark, where that is no failure. */
  static void requireTshark() {
    boolean found =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "tshark")));
    String reason = "this machine lacks tshark (apt-get install tshark)";
    if ("true".equals(System.getenv("CI"))) {
      assertTrue(found, reason);
    }
    Assumptions.assumeTrue(found, reason);
  }

  /** Begins to record the first interface of a host. */
  static Wire record(Host host) {
    Path file = host.directory().resolve("wire.pcap");
    return new Wire(host, file, host.capture(host.arms().getFirst(), file));
  }

  void stop() {
    // The last frames may still be on their way to the file.
    Eventually.pause(500);
    capture.stop();
  }

  /**
   * An IPv4 frame.
   *
   * @param isHeaderBad whether the checksum of the IPv4 header is wrong
   * @param checksum of TCP or UDP, as it is
   * @param rightChecksum as it should be in full
   */
  record Frame(
      int number,
      String macTo,
      String from,
      String to,
      int protocol,
      int length,
      boolean isHeaderBad,
      boolean isReset,
      int checksum,
      int rightChecksum) {
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;

    /**
     * Whether the transport checksum is not right in full. All ones are 0, and Linux writes them
     * for TCP too.
     */
    boolean isBad() {
      return checksum != rightChecksum && !(checksum == 0xFFFF && rightChecksum == 0);
    }

    /**
     * Whether the transport checksum is what offload leaves: the sum of the pseudo-header alone
     * (RFC 9293, RFC 768), which a network card would complete.
     */
    boolean isPartial() {
      long sum = words(from) + words(to) + protocol + length;
      while (sum > 0xFFFF) {
        sum = (sum & 0xFFFF) + (sum >>> 16);
      }
      return checksum == sum;
    }

    private static long words(String address) {
      String[] bytes = address.split("\\.");
      return (Long.parseLong(bytes[0]) << 8 | Long.parseLong(bytes[1]))
          + (Long.parseLong(bytes[2]) << 8 | Long.parseLong(bytes[3]));
    }
  }

  /** Every IPv4 frame. */
  List<Frame> frames() {
    List<String> line = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString(), "-Y", "ip"));
    for (String protocol : List.of("ip", "tcp", "udp")) {
      line.addAll(List.of("-o", protocol + ".check_checksum:TRUE"));
    }
    line.addAll(List.of("-o", "tcp.desegment_tcp_streams:FALSE", "--disable-protocol", "http"));
    // The first of each: an ICMP error carries another packet's headers.
    line.addAll(List.of("-T", "fields", "-E", "occurrence=f"));
    FIELDS.forEach(field -> line.addAll(List.of("-e", field)));
    Result result = host.run(LIMIT, line.toArray(String[]::new));
    assertTrue(result.ok(), result::err);
    return result.out().lines().map(each -> frame(each.split("\t", -1))).toList();
  }

  private static Frame frame(String[] fields) {
    boolean tcp = !fields[9].isEmpty();
    return new Frame(
        Integer.parseInt(fields[0]),
        fields[1],
        fields[2],
        fields[3],
        Integer.parseInt(fields[4]),
        Integer.parseInt(fields[5]) - Integer.parseInt(fields[6]),
        fields[7].equals("0"),
        fields[8].equals("1"),
        number(fields[tcp ? 9 : 11]),
        number(fields[tcp ? 10 : 12]));
  }

  private static int number(String field) {
    return field.isEmpty() ? 0 : Integer.decode(field);
  }
}
