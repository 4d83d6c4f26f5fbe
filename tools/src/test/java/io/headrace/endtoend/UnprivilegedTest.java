package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.cli.Headrace;
import io.headrace.supervisor.DatagramSocket;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The balancer as its unit runs it: a user without root and with the unit's capabilities alone, in
 * a directory of its own, told to a service manager.
 */
@RequiresTestbed
class UnprivilegedTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String NOBODY = "65534";
  private static final String CAPABILITIES = "-all,+net_raw,+net_admin,+bpf";
  private static final long RAW_ADMIN_AND_BPF = 1L << 13 | 1 << 12 | 1L << 39;

  /** What systemd does for RuntimeDirectory=headrace, in a /run that is the process's alone. */
  private static final String OWN_RUN =
      """
      mount -t tmpfs tmpfs /run
      install -d -o 65534 /run/headrace
      exec "$@"
      """;

  @TempDir private Path directory;

  @Test
  void aUserWithThreeCapabilitiesCarriesRealHttp() throws Exception {
    try (Testbed bed = Testbed.oneArm(1)) {
      bed.servers().forEach(NginxServer::start);
      Host box = bed.balancer();
      Path home = home();
      Files.writeString(home.resolve("config.toml"), Setup.http(bed, "auto").toml());
      String notify = home.resolve("notify").toString();
      try (DatagramSocket manager = new DatagramSocket(notify)) {
        open(Path.of(notify));
        HostProcess process = box.start(command(home, notify));
        assertEquals(
            "READY=1",
            manager.receive(LIMIT).map(text -> text.lines().toList().getFirst()).orElse("nothing"),
            process::output);
        assertCapabilities(process);
        assertEquals("WATCHDOG=1", manager.receive(LIMIT).orElse("nothing"), process::output);

        Requests requests = Requests.make(bed.client(), box.address(), 20);
        assertEquals(20, requests.of(bed.servers().getFirst()), process::output);
        assertEquals(1, new Box(box).tables());
        assertTrue(process.output().contains("flows offloaded to the kernel"), process::output);

        process.terminate();
        assertEquals(0, process.await(LIMIT), process::output);
        assertEquals("", new Box(box).rules());
        assertEquals("", new Box(box).reservedPorts());
        assertTrue(process.output().lines().noneMatch(line -> line.contains("ERROR")));
      }
    }
  }

  private static void assertCapabilities(HostProcess process) throws IOException {
    List<String> status =
        Files.readAllLines(Path.of("/proc", String.valueOf(process.pid()), "status"));
    assertTrue(status.stream().anyMatch(each -> each.startsWith("Uid:\t" + NOBODY)));
    for (String set : List.of("CapEff:", "CapPrm:", "CapBnd:")) {
      long held =
          status.stream()
              .filter(each -> each.startsWith(set))
              .mapToLong(each -> Long.parseLong(each.substring(set.length()).strip(), 16))
              .sum();
      assertEquals(RAW_ADMIN_AND_BPF, held, set);
    }
  }

  private static String[] command(Path home, String notify) {
    List<String> line =
        new ArrayList<>(
            List.of("unshare", "--mount", "sh", "-ec", OWN_RUN, "sh", "setpriv", "--no-new-privs"));
    line.addAll(List.of("--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    line.add("--bounding-set=" + CAPABILITIES);
    line.add("--inh-caps=" + CAPABILITIES);
    line.add("--ambient-caps=" + CAPABILITIES);
    line.addAll(List.of("env", "-C", home.toString(), "NOTIFY_SOCKET=" + notify));
    line.add("WATCHDOG_USEC=3000000");
    line.addAll(
        List.of(JavaProgram.JAVA, "@headrace.jvm", "-Dlogback.configurationFile=logback.xml"));
    line.add("-Djava.io.tmpdir=" + home);
    line.addAll(List.of("-cp", classPath(home), Headrace.class.getName(), "run", "-p"));
    return line.toArray(String[]::new);
  }

  /** Of that user, with all that it needs: it may not read where this test's class path is. */
  private Path home() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path home = Files.createDirectory(directory.resolve("home"));
    Files.copy(
        Path.of(System.getProperty("basedir", "."), "target", "headrace.jvm"),
        home.resolve("headrace.jvm"));
    Path lib = Files.createDirectory(home.resolve("lib"));
    int number = 0;
    for (String entry : JavaProgram.CLASS_PATH.split(":")) {
      copy(Path.of(entry), lib.resolve(number++ + Path.of(entry).getFileName().toString()));
    }
    try (Stream<Path> all = Files.walk(directory)) {
      all.forEach(UnprivilegedTest::open);
    }
    Files.setAttribute(home, "unix:uid", Integer.valueOf(NOBODY));
    return home;
  }

  private static void copy(Path from, Path to) throws IOException {
    if (!Files.exists(from)) {
      return;
    }
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Files.copy(each, to.resolve(from.relativize(each).toString()).normalize());
      }
    }
  }

  private static void open(Path file) {
    try {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String classPath(Path home) {
    try (Stream<Path> all = Files.list(home.resolve("lib"))) {
      return all.sorted(Comparator.comparing(UnprivilegedTest::number))
          .map(Path::toString)
          .collect(Collectors.joining(":"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int number(Path entry) {
    return Integer.parseInt(entry.getFileName().toString().replaceAll("\\D.*", ""));
  }
}
