package io.headrace.demo;

import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.testbed.NginxServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The demo of mode proxy: servers and clients in this process, a proxy in a process of its own, all
 * on the loopback, so that it needs neither root nor packages. What it makes is removed at its end.
 */
public final class ProxyDemo {
  private static final int SERVERS = 3;
  private static final int CLIENTS = 8;
  private static final int RATE = 400;
  private static final int ROUNDS = 3;
  private static final int WARM_UPS = 2;
  private static final long TURN_MS = 1_000;
  private static final long WATCH_MS = 1_500;
  private static final int BYTES_PER_SECOND = 4_000_000;
  private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(30);
  private static final long POLL_MS = 10;

  private final Progress progress;
  private final Path directory;
  private final List<LocalServer> servers = new ArrayList<>();
  private final InetSocketAddress frontend;
  private final InetSocketAddress statistics;
  private final ThreadFactory threads = Thread.ofVirtual().factory();
  private Process proxy;

  private ProxyDemo(Progress progress, Path directory) throws IOException {
    this.progress = progress;
    this.directory = directory;
    this.frontend = free();
    this.statistics = free();
  }

  /**
   * Plays it all. When this returns or throws, nothing is left of it.
   *
   * @throws CommandFailure when a part does not do what it should
   */
  public static ProxyReport run(Progress progress) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("headrace-demo-");
    List<Path> files =
        List.of(directory, config(directory), fresh(directory), directory.resolve("log"));
    // For Ctrl-C; in reverse order.
    files.forEach(file -> file.toFile().deleteOnExit());
    ProxyDemo demo = new ProxyDemo(progress, directory);
    try {
      return demo.play();
    } finally {
      demo.end();
      for (Path file : files.reversed()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static Path config(Path directory) {
    return directory.resolve("config.toml");
  }

  private static Path fresh(Path directory) {
    return directory.resolve("config.toml.new");
  }

  private static InetSocketAddress free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }
  }

  private void end() {
    servers.forEach(LocalServer::close);
    if (proxy != null) {
      proxy.destroyForcibly();
    }
  }

  private ProxyReport play() throws IOException, InterruptedException {
    byte[] big = NginxServer.bigBody();
    progress.begin("servers");
    for (int i = 1; i <= SERVERS; i++) {
      servers.add(new LocalServer("server" + i, big));
    }
    progress.end(
        servers.stream()
            .map(each -> each.name() + " on " + text(each.address()))
            .collect(Collectors.joining(", ")));
    progress.begin("proxy");
    long begun = System.nanoTime();
    start();
    Matcher ready = Pattern.compile("ready: proxy on (.*)").matcher(log());
    String on = ready.find() ? ready.group(1) : "";
    progress.end(
        "on %s, ready after %s (%s)"
            .formatted(text(frontend), Text.time(System.nanoTime() - begun), on));
    Tally straightKept = new Tally();
    Tally straightFresh = new Tally();
    Tally kept = new Tally();
    Tally fresh = new Tally();
    latency(straightKept, straightFresh, kept, fresh);
    Outage outage = outage();
    Tally reloaded = reload();
    Stop stop = stop(big);
    return new ProxyReport(
        on,
        new Comparison<>(straightKept.summary(), kept.summary()),
        new Comparison<>(straightFresh.summary(), fresh.summary()),
        IntStream.range(0, SERVERS)
            .mapToObj(
                i ->
                    new Share(
                        servers.get(i).name(), i + 1, fresh.answeredBy(servers.get(i).name())))
            .toList(),
        outage.server,
        Tally.byFault(outage.cut),
        Tally.byFault(outage.unexplained),
        outage.servedAgain,
        Tally.byFault(reloaded.failures()),
        stop.download,
        big.length,
        stop.refused,
        stop.status);
  }

  private static String text(InetSocketAddress address) {
    return Address.format(address);
  }

  // ---- The proxy.

  private void start() throws IOException {
    Files.writeString(config(directory), toml(""));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.headrace.cli.Headrace", "run", config(directory).toString()));
    proxy =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    await("it did not start", () -> log().contains("ready:"));
  }

  private String toml(String more) {
    StringBuilder toml =
        new StringBuilder(
            """
            [frontends.web]
            listen_addr = "%s"
            backend = "web"
            %s
            [backends.web.health_check]
            interval = "250ms"

            [stats]
            listen_addr = "%s"

            """
                .formatted(text(frontend), more, text(statistics)));
    for (int i = 0; i < SERVERS; i++) {
      toml.append(
          "[backends.web.servers.%s]%naddr = \"%s\"%nweight = %d%n"
              .formatted(servers.get(i).name(), text(servers.get(i).address()), i + 1));
    }
    return toml.toString();
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("log"));
    } catch (IOException e) {
      return "";
    }
  }

  private String stats() {
    try (HttpConnection connection = new HttpConnection(statistics)) {
      connection.connect();
      return connection.get("/stats", false);
    } catch (IOException e) {
      throw new CommandFailure(
          "the proxy does not answer on %s: %s".formatted(text(statistics), e.getMessage()));
    }
  }

  private void await(String problem, BooleanSupplier condition) {
    long end = System.nanoTime() + LIMIT_NS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end || !proxy.isAlive()) {
        throw new CommandFailure(
            "the proxy: %s\n  %s".formatted(problem, log().strip().replace("\n", "\n  ")));
      }
      pause(POLL_MS);
    }
  }

  private static void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted");
    }
  }

  // ---- The phases.

  private Load load(InetSocketAddress target, Tally kept, Tally fresh) {
    Set<String> names = servers.stream().map(LocalServer::name).collect(Collectors.toSet());
    return new Load(threads, target, names, CLIENTS, RATE, kept, fresh);
  }

  private void finish(Load load) {
    load.stop();
    await("requests do not end", () -> !load.isRunning());
  }

  /** The two paths take turns, so that what else the machine does hits both. */
  private void latency(Tally straightKept, Tally straightFresh, Tally kept, Tally fresh) {
    progress.begin("latency");
    Tally warm = new Tally();
    for (int round = 0; round < WARM_UPS; round++) {
      turn(servers.get(round % SERVERS).address(), warm, warm);
      turn(frontend, warm, warm);
    }
    // Both paths begin with compiled code; an error is an error all the same.
    warm.failures().forEach(kept::failed);
    for (int round = 0; round < ROUNDS; round++) {
      turn(servers.get(round % SERVERS).address(), straightKept, straightFresh);
      turn(frontend, kept, fresh);
    }
    progress.end(
        "p50 %s, straight %s (connections kept); %,d errors"
            .formatted(
                Text.time(kept.summary().p50Ns()),
                Text.time(straightKept.summary().p50Ns()),
                kept.failures().size() + fresh.failures().size()));
  }

  private void turn(InetSocketAddress target, Tally kept, Tally fresh) {
    try (Load load = load(target, kept, fresh)) {
      pause(TURN_MS);
      finish(load);
    }
  }

  private record Outage(
      String server, List<Tally.Failure> cut, List<Tally.Failure> unexplained, long servedAgain) {}

  private Outage outage() throws IOException {
    progress.begin("outage");
    // The heaviest: it hurts the most.
    LocalServer server = servers.getLast();
    String address = text(server.address());
    Tally kept = new Tally();
    Tally fresh = new Tally();
    long downNs;
    long servedBefore;
    try (Load load = load(frontend, kept, fresh)) {
      pause(TURN_MS);
      server.stop();
      downNs = System.nanoTime();
      progress.now(server.name() + " stopped");
      await(
          "it did not notice that " + server.name() + " is down",
          () -> stats().contains("\"" + address + "\" : false"));
      pause(WATCH_MS);
      server.start();
      await(
          "it did not notice that " + server.name() + " is back",
          () -> stats().contains("\"" + address + "\" : true"));
      servedBefore = fresh.answeredBy(server.name());
      pause(WATCH_MS);
      finish(load);
    }
    List<Tally.Failure> cut = new ArrayList<>(kept.failures());
    List<Tally.Failure> unexplained = new ArrayList<>();
    for (Tally.Failure failure : fresh.failures()) {
      (failure.beganNs() - downNs < 0 ? cut : unexplained).add(failure);
    }
    progress.end(
        "%s stopped and started: %,d requests cut, %,d errors of new connections"
            .formatted(server.name(), cut.size(), unexplained.size()));
    return new Outage(
        server.name(), cut, unexplained, fresh.answeredBy(server.name()) - servedBefore);
  }

  private Tally reload() throws IOException {
    progress.begin("reload");
    Tally tally = new Tally();
    try (Load load = load(frontend, tally, tally)) {
      pause(TURN_MS);
      Files.writeString(fresh(directory), toml("idle_timeout = \"5m\""));
      Files.move(
          fresh(directory),
          config(directory),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      await("it does not follow its file", () -> log().contains("has changed and is in force"));
      pause(TURN_MS);
      finish(load);
    }
    progress.end("in force; %,d errors".formatted(tally.failures().size()));
    return tally;
  }

  private record Stop(String download, boolean refused, int status) {}

  private Stop stop(byte[] big) throws InterruptedException {
    progress.begin("stop");
    Download download = new Download(threads, frontend, big, BYTES_PER_SECOND);
    await("a download does not begin", () -> download.received() > 0);
    proxy.destroy();
    await("it does not stop", () -> log().contains("nobody is let in"));
    boolean refused = isRefused();
    String failure = download.await();
    if (!proxy.waitFor(LIMIT_NS, TimeUnit.NANOSECONDS)) {
      throw new CommandFailure("the proxy did not end");
    }
    progress.end(failure.isEmpty() ? "the download ended whole, then the proxy" : failure);
    return new Stop(failure, refused, proxy.exitValue());
  }

  private boolean isRefused() {
    try (Socket socket = new Socket()) {
      socket.connect(frontend, (int) TimeUnit.NANOSECONDS.toMillis(LIMIT_NS));
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
