package io.headrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.balancer.Balancer;
import io.headrace.config.Mode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each malformed configuration is told with all its errors and their places, ends with exit status
 * 2, and changes nothing of a balancer that runs.
 */
class MalformedConfigurationsTest {
  /** With this property the errors are written anew: {@code -Dheadrace.malformed=write}. */
  private static final boolean WRITE = "write".equals(System.getProperty("headrace.malformed"));

  private static final Path CORPUS =
      Path.of(System.getProperty("basedir", "."), "src", "test", "resources", "malformed.txt");
  private static final String BASE =
      """
      [frontends.web]
      listen_addr = "192.0.2.10:80"
      backend = "pool"
      [backends.pool.servers.a]
      addr = "10.0.0.1:80"
      """;
  private static final int WRONG_USAGE = 2;

  private final PrintStream standardOutput = System.out;
  private final PrintStream standardError = System.err;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  @TempDir private Path directory;

  /**
   * One of the corpus.
   *
   * @param text as it stands there
   * @param errors its lines, without the name of the file
   */
  private record Malformed(String name, String text, String errors) {
    String toml() {
      return text.replace("@base\n", BASE);
    }
  }

  @BeforeEach
  void takeOutput() {
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void giveOutputBack() {
    System.setOut(standardOutput);
    System.setErr(standardError);
  }

  private static List<Malformed> corpus() throws IOException {
    List<Malformed> all = new ArrayList<>();
    String[] parts = Files.readString(CORPUS).split("(?m)^=== ");
    for (int i = 1; i < parts.length; i++) {
      int name = parts[i].indexOf('\n');
      int end = parts[i].indexOf("---\n", name);
      all.add(
          new Malformed(
              parts[i].substring(0, name),
              parts[i].substring(name + 1, end),
              parts[i].substring(end + 4)));
    }
    return all;
  }

  private String check(Path file) {
    return check(file, file.toString());
  }

  private String check(Path file, String name) {
    errors.reset();
    assertEquals(
        WRONG_USAGE,
        Headrace.execute("check", file.toString()),
        name + " " + errors.toString(StandardCharsets.UTF_8));
    return errors.toString(StandardCharsets.UTF_8).replace(file.toString(), "");
  }

  @Test
  void eachIsToldWithAllItsErrors() throws IOException {
    Path file = directory.resolve("config.toml");
    StringBuilder written = new StringBuilder(Files.readString(CORPUS).lines().findFirst().get());
    written.append('\n');
    for (Malformed each : corpus()) {
      Files.writeString(file, each.toml());
      String told = check(file, each.name()).replaceAll("(?m)^:", "");
      written.append("=== " + each.name() + "\n" + each.text() + "---\n" + told);
      if (!WRITE) {
        assertEquals(each.errors(), told, each.name());
      }
    }
    if (WRITE) {
      Files.writeString(CORPUS, written);
    }
    assertTrue(corpus().size() >= 100);
  }

  @Test
  void aFileThatCannotBeReadIsTold() throws IOException {
    assertEquals(": no such file\n", check(directory.resolve("none.toml")));
    Path latin = directory.resolve("latin.toml");
    Files.write(latin, (BASE + "# für\n").getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(":6:4: byte 0xFC is not UTF-8; save the file as UTF-8\n", check(latin));
    Path large = directory.resolve("large.toml");
    Files.writeString(large, "# a comment\n".repeat((10 << 20) / 12));
    assertEquals(": is larger than 256 KiB; is this a configuration file?\n", check(large));
    Path binary = directory.resolve("binary.toml");
    Files.write(binary, new byte[] {0x7f, 'E', 'L', 'F', 0, (byte) 0xff});
    assertEquals(":1:6: byte 0xFF is not UTF-8; save the file as UTF-8\n", check(binary));
    Path deep = directory.resolve("deep.toml");
    Files.writeString(deep, "a = " + "[".repeat(2_000));
    assertTrue(check(deep).startsWith(":1:134: nesting is too deep"), errors::toString);
    Path loop = directory.resolve("loop.toml");
    Files.createSymbolicLink(loop, loop);
    assertTrue(check(loop).startsWith(": cannot be read: "), errors::toString);
  }

  /** Root may read whatever it is. */
  @Test
  void aFileThatOthersAloneMayReadIsTold() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret.toml"), "a = ");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
    boolean root = System.getProperty("user.name").equals("root");
    String told = check(secret);
    assertTrue(told.startsWith(root ? ":1:" : ": permission denied"), told);
  }

  @Test
  void noneChangesARunningBalancer() throws Exception {
    Path file = directory.resolve("config.toml");
    Path socket = directory.resolve("control.sock");
    String good =
        """
        [frontends.web]
        listen_addr = "127.0.0.1:%d"
        backend = "pool"
        [backends.pool]
        health_check_interval = 0
        [backends.pool.servers.a]
        addr = "127.0.0.1:9"
        [control]
        socket = "control.sock"
        """
            .formatted(freePort());
    Files.writeString(file, good);
    Balancer balancer = Balancer.start(file, Mode.PROXY, false, Optional.empty());
    try {
      String before = settings(socket);
      assertTrue(before.contains("frontends.web.listen_addr"), before);
      for (Malformed each : corpus()) {
        Files.writeString(file, each.toml());
        assertEquals(1, Headrace.execute("reload", "--socket", socket.toString()), each.name());
        assertEquals(before, settings(socket), each.name());
      }
    } finally {
      balancer.stop();
    }
  }

  private static String settings(Path socket) throws IOException {
    try (InputStream answer = AdminClient.get(socket, "/config", Map.of()).orElseThrow()) {
      return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
