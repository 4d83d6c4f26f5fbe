package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.cli.Headrace;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code headrace run} as a process of its own on a host of the testbed. */
final class RunningBalancer {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

  private final Host host;
  private HostProcess process;

  private RunningBalancer(Host host) {
    this.host = host;
  }

  /** Starts one; returns when it forwards. */
  static RunningBalancer start(Host host, Setup setup, String... options) {
    RunningBalancer balancer = new RunningBalancer(host);
    balancer.configure(setup.toml());
    balancer.start(options);
    return balancer;
  }

  /** Starts it again after its end; returns when it forwards. */
  void start(String... options) {
    process = launch(host, options);
    process.awaitOutput(" ready: ", START_LIMIT);
  }

  /** Starts one that follows this one; returns when it forwards. */
  RunningBalancer follow() {
    RunningBalancer next = new RunningBalancer(host);
    next.start("--upgrade");
    return next;
  }

  /** Starts a process with the configuration of {@link #write}, and waits for nothing. */
  static HostProcess launch(Host host, String... options) {
    return host.start(command(host, options));
  }

  /** As {@link #launch}, without some of root's capabilities: a list as setpriv(1) takes it. */
  static HostProcess launchWithout(String capabilities, Host host) {
    List<String> line = new ArrayList<>(List.of("setpriv", "--bounding-set", capabilities));
    line.addAll(List.of(command(host)));
    return host.start(line.toArray(String[]::new));
  }

  static String[] command(Host host, String... options) {
    List<String> line = java();
    line.addAll(List.of("run", "-p", "--config", file(host).toString()));
    line.addAll(List.of(options));
    return line.toArray(String[]::new);
  }

  /** The command that looks at the connections of the balancer on this host. */
  static String[] conntrack(Host host, String... arguments) {
    List<String> line = java();
    line.add("conntrack");
    line.addAll(List.of(arguments));
    line.add(file(host).toString());
    return line.toArray(String[]::new);
  }

  /** Has the balancer on this host do something, by a command such as {@code drain}. */
  static void steer(Host host, String... arguments) {
    List<String> line = java();
    line.addAll(List.of(arguments));
    line.addAll(List.of("--config", file(host).toString()));
    Result result = host.run(line.toArray(String[]::new));
    assertTrue(result.ok(), result::toString);
  }

  /** One of the commands that read the counters of a balancer, such as {@code stats}. */
  static String[] tool(String... arguments) {
    List<String> line = java();
    line.addAll(List.of(arguments));
    return line.toArray(String[]::new);
  }

  /** What {@code headrace servers} prints of the balancer on this host. */
  static Result servers(Host host) {
    List<String> line = java();
    line.addAll(List.of("servers", "--config", file(host).toString()));
    return host.run(line.toArray(String[]::new));
  }

  /** The command that prints what the servers of the configuration on this host need. */
  static String[] dsrSetup(Host host, String... options) {
    List<String> line = java();
    line.addAll(List.of("dsr-setup", "--config", file(host).toString()));
    line.addAll(List.of(options));
    return line.toArray(String[]::new);
  }

  /** The command that examines this host with its configuration. */
  static String[] doctor(Host host, String... options) {
    List<String> line = java();
    line.addAll(List.of("doctor", "-p", "--config", file(host).toString()));
    line.addAll(List.of(options));
    return line.toArray(String[]::new);
  }

  private static List<String> java() {
    return new ArrayList<>(
        List.of(
            JavaProgram.JAVA,
            "@" + Path.of(System.getProperty("basedir", "."), "target", "headrace.jvm"),
            // Not the log settings of the tests whose class path this is.
            "-Dlogback.configurationFile=logback.xml",
            "-cp",
            JavaProgram.CLASS_PATH,
            Headrace.class.getName()));
  }

  /** Puts a configuration in the place where a balancer on this host looks for it. */
  static void write(Host host, String toml) {
    try {
      Path fresh = host.directory().resolve("config.toml.new");
      Files.writeString(fresh, toml);
      Files.move(fresh, file(host), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes the configuration away again. */
  static void remove(Host host) {
    try {
      Files.deleteIfExists(file(host));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path file(Host host) {
    return host.directory().resolve("config.toml");
  }

  void configure(String toml) {
    write(host, toml);
  }

  /** Changes the configuration and waits until the balancer says that it has taken it. */
  void reload(Setup setup) {
    String said = "the configuration has changed and is in force";
    long before = count(said);
    configure(setup.toml());
    Eventually.isTrue("the change was not taken", () -> count(said) > before, this::log);
  }

  long count(String text) {
    return log().lines().filter(line -> line.contains(text)).count();
  }

  /** Waits until it has said something, once. */
  void awaitLog(String text) {
    Eventually.isTrue("it does not say '" + text + "'", () -> count(text) == 1, this::log);
  }

  /** Ends it with SIGTERM; it has to end by itself. */
  void stop() {
    process.terminate();
    process.await(STOP_LIMIT);
  }

  /** Waits until it ends by itself, and returns its exit status. */
  int awaitEnd() {
    return process.await(STOP_LIMIT);
  }

  void kill() {
    process.kill();
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String log() {
    return process.output();
  }

  /** What {@code /stats} answers. */
  String stats() {
    Result answer = host.run("curl", "-sSf", "--max-time", "10", "http://127.0.0.1:7000/stats");
    assertTrue(answer.ok(), () -> answer.err() + log());
    return answer.out();
  }

  /** The first number of that key in {@code /stats}. */
  long number(String key) {
    String stats = stats();
    Matcher found = Pattern.compile("\"" + key + "\" : (\\d+)").matcher(stats);
    return found.find() ? Long.parseLong(found.group(1)) : 0;
  }

  /** Whether {@code /stats} has a server as up. */
  boolean isUp(Host server) {
    String stats = stats();
    return stats.contains("\"" + server.address() + ":80\" : true")
        || stats.contains("\"[" + server.ipv6() + "]:80\" : true");
  }
}
