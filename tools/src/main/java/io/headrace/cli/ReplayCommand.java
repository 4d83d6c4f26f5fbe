package io.headrace.cli;

import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.config.ServerConfig;
import io.headrace.replay.Replay;
import io.headrace.replay.ReplayOptions;
import io.headrace.replay.ReplayReport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code headrace replay}: the pipeline over a capture file. */
@Command(
    name = "replay",
    customSynopsis = "headrace replay [OPTION...] --config FILE -w OUT.pcap IN.pcap",
    description = {
      "Run a capture file through the pipeline: what a balancer with this configuration would have sent.",
      "Needs no network and no privilege. Time is the capture's own; the same input gives the same output."
    },
    mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

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

  @Option(
      names = {"-d", "--dsr"},
      description =
          "Frontends without a mode of their own are direct server return, in place of passthrough.")
  private boolean dsr;

  @Option(names = "--json", description = "Print the counts as JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    requireFiles();
    Config read = ConfigReader.read(config, dsr ? Mode.DSR : Mode.PASSTHROUGH);
    requireServers(read);
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
    report
        .damage()
        .ifPresent(
            damage -> {
              throw new CommandFailure(damage);
            });
    return 0;
  }

  /** What is written must not be what is read. */
  private void requireFiles() {
    if (out.toString().isEmpty() || out.toString().equals("-")) {
      throw wrong("-w: a file is needed; a capture is not written to standard output");
    }
    List<Path> others = new ArrayList<>(List.of(in, config));
    requireNone(others, out, "-w");
    others.add(out);
    conntrack.ifPresent(file -> requireNone(others, file, "--conntrack"));
  }

  private void requireNone(List<Path> others, Path file, String option) {
    if (others.stream().anyMatch(other -> isSame(file, other))) {
      throw wrong(option + ": " + file + " is named twice; what is written must be another file");
    }
  }

  private static boolean isSame(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException notThere) {
      return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    }
  }

  private void requireServers(Config read) {
    List<InetSocketAddress> servers =
        read.backends().values().stream()
            .flatMap(backend -> backend.servers().values().stream())
            .map(ServerConfig::address)
            .distinct()
            .toList();
    for (InetSocketAddress each : down) {
      if (!servers.contains(each)) {
        throw wrong(
            "--down: no backend has "
                + Address.format(each)
                + "; there is "
                + servers.stream().map(Address::format).collect(Collectors.joining(", ")));
      }
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
