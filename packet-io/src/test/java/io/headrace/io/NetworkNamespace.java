package io.headrace.io;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/**
 * A network namespace of a test's own. A thread that has entered one (setns(2)) opens its sockets
 * there, and they stay there.
 */
public final class NetworkNamespace {
  private static final Path DIRECTORY = Path.of("/run/netns");
  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final long CAPABILITIES = 1L << 12 | 1L << 13 | 1L << 21;
  private static final int CAPABILITY_VERSION_3 = 0x2008_0522;

  private static final CFunction OPEN = CFunction.named("open");
  private static final CFunction SETNS = CFunction.named("setns");
  private static final CFunction CLOSE = CFunction.named("close");
  private static final CFunction CAPSET = CFunction.named("capset");

  private final String name;
  private final Thread atExit = new Thread(this::deleteAtExit);

  private NetworkNamespace(String name) {
    this.name = name;
  }

  /** Makes a namespace without IPv6, whose own chatter would disturb what a test counts. */
  public static NetworkNamespace create(String role) throws Exception {
    requireCapabilitiesAndIp();
    NetworkNamespace namespace =
        new NetworkNamespace("afpacket-" + ProcessHandle.current().pid() + "-" + role);
    run("ip", "netns", "add", namespace.name);
    Runtime.getRuntime().addShutdownHook(namespace.atExit);
    namespace.exec("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
    namespace.exec("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
    namespace.exec("ip", "link", "set", "lo", "up");
    return namespace;
  }

  private static void requireCapabilitiesAndIp() throws IOException {
    String missing = "";
    if ((effectiveCapabilities() & CAPABILITIES) != CAPABILITIES) {
      missing = "root (CAP_NET_ADMIN, CAP_NET_RAW and CAP_SYS_ADMIN)";
    } else if (!Files.exists(Path.of("/sbin/ip")) && !Files.exists(Path.of("/usr/sbin/ip"))) {
      missing = "the package iproute2";
    }
    if (!missing.isEmpty()) {
      String message = "this test needs " + missing;
      if ("true".equals(System.getenv("CI"))) {
        fail(message);
      }
      abort(message);
    }
  }

  private static long effectiveCapabilities() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(status)) {
      String line = lines.filter(each -> each.startsWith("CapEff:")).findFirst().orElseThrow();
      return Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16);
    }
  }

  /** A veth pair between two namespaces, with its default offloads, both ends up. */
  public static void link(NetworkNamespace a, String endA, NetworkNamespace b, String endB)
      throws Exception {
    run(
        "ip", "-n", a.name, "link", "add", endA, "type", "veth", "peer", "name", endB, "netns",
        b.name);
    a.exec("ip", "link", "set", endA, "up");
    b.exec("ip", "link", "set", endB, "up");
    a.awaitCarrier(endA);
    b.awaitCarrier(endB);
  }

  /** The kernel sees a new carrier some time later, and drops what is sent until then. */
  private void awaitCarrier(String device) throws Exception {
    for (int tries = 0; tries < 200; tries++) {
      if (run("ip", "-o", "-n", name, "link", "show", "dev", device).contains("state UP")) {
        return;
      }
      Thread.sleep(50);
    }
    throw new IOException(device + " has no carrier");
  }

  /** Runs a command in this namespace. */
  public void exec(String... command) throws Exception {
    List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", name));
    line.addAll(List.of(command));
    run(line.toArray(String[]::new));
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
    return output;
  }

  /** Calls on a fresh thread in this namespace, and waits for the result. */
  public <T> T call(Callable<T> task) throws Exception {
    FutureTask<T> future = start(task);
    return future.get();
  }

  /** Calls on a fresh thread in this namespace. */
  public <T> FutureTask<T> start(Callable<T> task) {
    FutureTask<T> future =
        new FutureTask<>(
            () -> {
              enter();
              return task.call();
            });
    Thread.ofPlatform().daemon().name("in " + name).start(future);
    return future;
  }

  private void enter() throws IOException {
    CallState state = new CallState();
    try (Arena arena = Arena.ofConfined()) {
      int fd =
          OPEN.call(state, arena.allocateFrom(DIRECTORY.resolve(name).toString()).address(), 0);
      int result = SETNS.call(state, fd, CLONE_NEWNET);
      int closed = CLOSE.call(state, fd);
      if (fd < 0 || result < 0 || closed < 0) {
        throw new IOException("cannot enter namespace " + name);
      }
    }
  }

  /** Takes every capability from the calling thread, and from it alone. */
  public static void dropCapabilities() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocateFrom(JAVA_INT, CAPABILITY_VERSION_3, 0);
      MemorySegment none = arena.allocate(JAVA_LONG, 3);
      if (CAPSET.call(new CallState(), header.address(), none.address()) < 0) {
        throw new IOException("capset failed");
      }
    }
  }

  public void delete() throws Exception {
    Runtime.getRuntime().removeShutdownHook(atExit);
    run("ip", "netns", "delete", name);
  }

  /** A test run that is interrupted leaves nothing behind either. */
  private void deleteAtExit() {
    try {
      run("ip", "netns", "delete", name);
    } catch (Exception e) {
      System.err.println(e.getMessage());
    }
  }
}
