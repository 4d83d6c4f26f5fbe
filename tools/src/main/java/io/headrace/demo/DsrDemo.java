package io.headrace.demo;

import io.headrace.cli.CommandFailure;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.dsr.ServerSetup;
import io.headrace.registry.Registry;
import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The demo of mode dsr on a network of its own: what servers answer does not cross the balancer, as
 * its interface's counters say, beside the same downloads in passthrough. The servers are set up by
 * what {@code headrace dsr-setup} prints.
 */
public final class DsrDemo {
  private static final int SERVERS = 3;
  private static final String FRONTEND = "192.0.2.100";
  private static final int STATISTICS_PORT = 7000;
  private static final int MTU = 1500;
  private static final int CLIENTS = 8;
  private static final int RATE = 400;
  private static final long TURN_MS = 1_000;
  private static final int DOWNLOADS = 10;
  private static final int UNBOUNDED = 1_000_000_000;
  private static final long POLL_MS = 10;

  private final Testbed bed;
  private final Progress progress;
  private final Path config;
  private final BalancerProcess balancer;

  private DsrDemo(Testbed bed, Progress progress) throws IOException {
    this.bed = bed;
    this.progress = progress;
    Path directory = bed.balancer().directory();
    config = Files.writeString(directory.resolve("config.toml"), config(bed));
    balancer =
        new BalancerProcess(
            bed.balancer(),
            config,
            Files.createDirectory(directory.resolve("scratch")),
            new InetSocketAddress("127.0.0.1", STATISTICS_PORT));
  }

  /**
   * Plays it all. When this returns or throws, nothing is left of it.
   *
   * @throws TestbedException when this machine cannot do what it takes
   * @throws CommandFailure when a part does not do what it should
   */
  public static DsrReport run(Progress progress) throws IOException, InterruptedException {
    progress.begin("network");
    DsrReport report;
    try (Testbed bed = Testbed.oneArm(SERVERS)) {
      progress.end(
          "client %s, balancer %s, on one switch"
              .formatted(bed.client().address(), bed.balancer().address()));
      report = new DsrDemo(bed, progress).playOrTell();
      progress.begin("end");
    }
    progress.end("everything is removed");
    return report;
  }

  private static String config(Testbed bed) {
    return """
    [frontends.past]
    listen_addr = "%1$s:%3$d"
    mode = "dsr"
    dsr = "l2"
    backend = "web"

    [frontends.through]
    listen_addr = "%2$s:%3$d"
    mode = "passthrough"
    backend = "web"

    [backends.web.servers]
    %4$s
    [passthrough]
    connection_tracker_file = "scratch/flows"

    [stats]
    port = %5$d
    """
        .formatted(
            FRONTEND,
            bed.balancer().address(),
            NginxServer.PORT,
            bed.servers().stream().map(DsrDemo::server).collect(Collectors.joining()),
            STATISTICS_PORT);
  }

  private static String server(Host host) {
    return "%s = { addr = \"%s:%d\" }%n".formatted(host.name(), host.address(), NginxServer.PORT);
  }

  private DsrReport playOrTell() throws IOException, InterruptedException {
    try {
      return play();
    } catch (CommandFailure | TestbedException e) {
      throw new CommandFailure(
          Stream.concat(Stream.of(e.getMessage()), balancer.lastLines().stream())
              .collect(Collectors.joining("\n  balancer: ")));
    }
  }

  private DsrReport play() throws IOException, InterruptedException {
    progress.begin("servers");
    run(bed.balancer(), "ip address add %s/32 dev eth0".formatted(FRONTEND));
    setUpServers();
    progress.end("%d, each holds %s on its loopback".formatted(SERVERS, FRONTEND));
    progress.begin("balancer");
    balancer.start();
    progress.end("ready");
    progress.begin("requests");
    Tally kept = new Tally();
    Tally fresh = new Tally();
    Map<String, Set<String>> seen = requests(kept, fresh);
    progress.end("%,d, %,d errors".formatted(count(kept) + count(fresh), errors(kept, fresh)));
    DsrReport.Downloads through = downloads("through", bed.balancer().address());
    DsrReport.Downloads past = downloads("past", FRONTEND);
    return new DsrReport(
        bed.client().address(),
        kept.summary(),
        fresh.summary(),
        bed.servers().stream()
            .map(each -> new Share(each.name(), 1, fresh.answeredBy(each.name())))
            .toList(),
        seen,
        through,
        past);
  }

  private void setUpServers() throws IOException {
    try {
      Registry registry = new Registry(ConfigReader.read(config, Mode.PASSTHROUGH));
      InetAddress own = InetAddress.ofLiteral(bed.balancer().address());
      List<ServerSetup> setups =
          ServerSetup.of(registry.snapshot(), _ -> new ServerSetup.Balancer(Set.of(own), MTU));
      for (Host host : bed.servers()) {
        NginxServer.start(host);
        setups.stream()
            .filter(each -> each.isMeant(host.name()))
            .forEach(each -> run(host, each.script()));
      }
    } catch (ConfigException e) {
      throw new IllegalStateException("the demo's own configuration", e);
    }
  }

  /** What servers hold the client for: they see it themselves. */
  private Map<String, Set<String>> requests(Tally kept, Tally fresh) {
    Set<String> names = bed.servers().stream().map(Host::name).collect(Collectors.toSet());
    InetSocketAddress target = new InetSocketAddress(FRONTEND, NginxServer.PORT);
    try (Load load = new Load(bed.client().threads(), target, names, CLIENTS, RATE, kept, fresh)) {
      balancer.live(TURN_MS);
      Map<String, Set<String>> seen =
          bed.servers().stream().collect(Collectors.toMap(Host::name, DsrDemo::clients));
      balancer.live(TURN_MS);
      load.stop();
      while (load.isRunning()) {
        balancer.live(POLL_MS);
      }
      return seen;
    }
  }

  private static Set<String> clients(Host server) {
    return run(server, "ss -Htn state connected src " + FRONTEND)
        .lines()
        .map(line -> line.strip().split(" +"))
        .filter(fields -> fields.length > 4)
        .map(fields -> fields[4].replaceAll(":[0-9]+$", ""))
        .collect(Collectors.toSet());
  }

  private DsrReport.Downloads downloads(String phase, String address) throws InterruptedException {
    progress.begin(phase);
    byte[] body = NginxServer.bigBody();
    InetSocketAddress target = new InetSocketAddress(address, NginxServer.PORT);
    String failure = "";
    long client = bytes(bed.client(), "rx");
    long received = bytes(bed.balancer(), "rx");
    long sent = bytes(bed.balancer(), "tx");
    for (int i = 0; i < DOWNLOADS && failure.isEmpty(); i++) {
      failure = new Download(bed.client().threads(), target, body, UNBOUNDED).await();
    }
    DsrReport.Downloads downloads =
        new DsrReport.Downloads(
            (long) DOWNLOADS * body.length,
            failure,
            bytes(bed.client(), "rx") - client,
            bytes(bed.balancer(), "rx") - received,
            bytes(bed.balancer(), "tx") - sent);
    progress.end(
        "%d downloads: client received %s, balancer %s"
            .formatted(
                DOWNLOADS,
                Text.bytes(downloads.clientReceived()),
                Text.bytes(downloads.balancerReceived())));
    return downloads;
  }

  private static long bytes(Host host, String direction) {
    String file = "/sys/class/net/eth0/statistics/%s_bytes".formatted(direction);
    return Long.parseLong(run(host, "cat " + file).strip());
  }

  private static String run(Host host, String script) {
    Result result = host.run("sh", "-e", "-c", script);
    if (!result.ok()) {
      throw new TestbedException("on %s: %s".formatted(host, result.err().strip()));
    }
    return result.out();
  }

  private static long count(Tally tally) {
    return tally.summary().requests();
  }

  private static int errors(Tally kept, Tally fresh) {
    return kept.failures().size() + fresh.failures().size();
  }
}
