package io.headrace.perf.compare;

import io.headrace.testbed.HostProcess;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The java command that {@code ./headrace run} ends up with, its AOT cache included. */
public final class HeadraceProgram {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  /**
   * A mount namespace of its own it has from {@code ip netns exec}: what it keeps in {@code /run}
   * goes with the testbed.
   */
  private static final String OWN_RUN = "mount --bind \"$1\" /run && shift && exec \"$@\"";

  private final Path target;

  /**
   * @param root of the checkout that is built
   */
  HeadraceProgram(Path root) {
    target = root.resolve("tools", "target").toAbsolutePath().normalize();
  }

  /** Of the checkout that this program is part of: {@code perf/compare} and the tests say where. */
  public static HeadraceProgram ofThisCheckout() {
    String root = System.getProperty("headrace.root");
    return new HeadraceProgram(
        root == null ? Path.of(System.getProperty("basedir", ".")).resolve("..") : Path.of(root));
  }

  /**
   * Starts it for a service, and waits for nothing.
   *
   * @param toml the configuration
   */
  HostProcess launch(Service service, String toml) {
    Path config = service.write("config.toml", toml);
    return service.balancer().start(service.command(command(scratch(service), config)));
  }

  /** Starts it; returns when it forwards. */
  HostProcess start(Service service, String toml) {
    HostProcess process = launch(service, toml);
    process.awaitOutput(" ready: ", START_LIMIT);
    return process;
  }

  private static Path scratch(Service service) {
    try {
      return Files.createDirectory(service.balancer().directory().resolve("run"));
    } catch (IOException e) {
      throw new TestbedException("cannot make a directory: " + e.getMessage(), e);
    }
  }

  private List<String> command(Path scratch, Path config) {
    List<String> line = new ArrayList<>(List.of("sh", "-c", OWN_RUN, "sh", scratch.toString()));
    line.addAll(java("-Djava.io.tmpdir=" + scratch, "-Djna.tmpdir=" + scratch));
    line.addAll(List.of("run", "-p", "--purge", "--config", config.toString()));
    return line;
  }

  /**
   * The command line up to the arguments of {@code headrace}.
   *
   * @param options of java
   */
  public List<String> java(String... options) {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + target.resolve("headrace.jvm")));
    Path cache = target.resolve("headrace.aot");
    if (cache.toFile().length() > 0) {
      line.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off", "-Xlog:cds*=off"));
    }
    line.addAll(List.of(options));
    line.addAll(List.of("-jar", target.resolve("headrace.jar").toString()));
    return line;
  }
}
