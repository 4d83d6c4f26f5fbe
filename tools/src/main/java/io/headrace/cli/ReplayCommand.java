package io.headrace.cli;

import io.headrace.config.Config;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.replay.Replay;
import io.headrace.replay.ReplayOptions;
import io.headrace.replay.ReplayReport;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code headrace replay}: the pipeline over a capture file. */
@Command(
    name = "replay",
    description = {
      "Run a capture file through the pipeline: what a balancer with this configuration would have sent.",
      "Needs no network and no privilege. Time is the capture's own; the same input gives the same output."
    },
    mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "config.toml",
      description = "The configuration. Default: ${DEFAULT-VALUE}")
  private Path config;

  @Parameters(paramLabel = "IN.pcap", description = "The frames that arrive (pcap or pcapng).")
  private Path in;

  @Option(
      names = "-w",
      paramLabel = "OUT.pcap",
      required = true,
      description = "Where the frames go that are forwarded; /dev/null for the counts alone.")
  private Path out;

  @Option(
      names = "--down",
      paramLabel = "ADDRESS:PORT",
      converter = AddressConverter.class,
      description = "A server that counts as down; all others are up. May be repeated.")
  private Set<InetSocketAddress> down = Set.of();

  @Option(
      names = "--mac",
      paramLabel = "ADDRESS=MAC",
      converter = NextHopMac.Converter.class,
      description = {
        "The MAC address of a next hop. May be repeated. Default: as the capture tells;",
        "where it does not, 02:00 and the four bytes of the address."
      })
  private List<NextHopMac> macs = List.of();

  @Option(
      names = "--conntrack",
      paramLabel = "FILE",
      description = "Keep the flow table in this file. Default: in memory.")
  private Optional<Path> conntrack;

  @Option(names = "--json", description = "Print the counts as JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Config read = ConfigReader.read(config, Mode.PASSTHROUGH);
    ReplayOptions options =
        new ReplayOptions(
            in,
            out,
            down,
            macs.stream()
                .collect(
                    Collectors.toMap(NextHopMac::address, NextHopMac::mac, (first, last) -> last)),
            conntrack);
    ReplayReport report = Replay.run(read, options, new ProgressLine("replay", "frames"));
    if (json) {
      System.out.println(report.json());
    } else {
      report.print(System.out);
    }
    return 0;
  }
}
