package io.headrace.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.io.CaptureFileSink;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Tcp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What the command says and with which status it ends; no network, and nothing stays running. */
class HeadraceTest {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  private final PrintStream standardOutput = System.out;
  private final PrintStream standardError = System.err;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  @TempDir private Path directory;
  private String config;
  private Path in;
  private Path out;

  @BeforeEach
  void prepare() throws IOException {
    config =
        Files.writeString(
                directory.resolve("config.toml"),
                """
                [frontends.web]
                listen_addr = "10.0.0.2:80"
                mode = "passthrough"
                backend = "pool"
                [backends.pool.servers.a]
                addr = "10.0.0.11:80"
                [passthrough]
                connection_tracker_capacity = 1000
                """)
            .toString();
    in = directory.resolve("in.pcap");
    out = directory.resolve("out.pcap");
    try (CaptureFileSink sink = new CaptureFileSink(in)) {
      sink.send(FrameBuilder.tcp("192.0.2.9", 1024, "10.0.0.2", 80).flags(Tcp.SYN).frame());
      sink.send(FrameBuilder.tcp("192.0.2.9", 1025, "10.0.0.2", 80).flags(Tcp.SYN).frame());
    }
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setOut(standardOutput);
    System.setErr(standardError);
  }

  @Test
  void whatAFileSaysOtherwiseThanAnotherIsALineForEachKey() throws IOException {
    String other = directory.resolve("other.toml").toString();
    Files.writeString(
        Path.of(other),
        Files.readString(Path.of(config))
            .replace("10.0.0.11:80\"", "10.0.0.11:80\"\nweight = 3")
            .replace("10.0.0.2:80", "10.0.0.2:81")
            .replace("capacity = 1000", "capacity = 2000"));
    assertEquals(DONE, Headrace.execute("check", other, "--against", config), this::said);
    assertEquals(
        """
        ~ passthrough.connection_tracker_capacity = 1000 -> 2000 (at the next start)
        ~ backends.pool.servers.a.weight = 1 -> 3
        ~ frontends.web.listen_addr = "10.0.0.2:80" -> "10.0.0.2:81"
        """,
        output.toString(StandardCharsets.UTF_8));
    output.reset();
    assertEquals(DONE, Headrace.execute("check", config, "--against", config), this::said);
    assertEquals("", output.toString(StandardCharsets.UTF_8));
    String missing = directory.resolve("nowhere.toml").toString();
    assertEquals(WRONG_USAGE, Headrace.execute("check", config, "--against", missing), this::said);
  }

  @Test
  void aReplayEndsWithItsCounts() {
    assertEquals(DONE, replay(out.toString()), this::said);
    assertTrue(output.toString(StandardCharsets.UTF_8).contains("2 forwarded"), this::said);
  }

  @Test
  void theInputOfAReplayIsNeverItsOutput() throws IOException {
    byte[] before = Files.readAllBytes(in);
    Path link = Files.createSymbolicLink(directory.resolve("link.pcap"), in);
    String same = directory.resolve(".").resolve("in.pcap").toString();
    for (String name : new String[] {in.toString(), same, link.toString(), config, "", "-"}) {
      assertEquals(WRONG_USAGE, replay(name), this::said);
    }
    assertArrayEquals(before, Files.readAllBytes(in));
    assertTrue(Files.size(Path.of(config)) > 0);
  }

  @Test
  void theFlowFileOfAReplayIsNeitherOfItsCaptures() throws IOException {
    byte[] before = Files.readAllBytes(in);
    for (Path file : new Path[] {in, out, directory.resolve(".").resolve("out.pcap")}) {
      assertEquals(WRONG_USAGE, replay(out.toString(), "--conntrack", file.toString()), this::said);
    }
    assertArrayEquals(before, Files.readAllBytes(in));
    assertFalse(Files.exists(out));
  }

  @Test
  void aReplayThatCannotWriteIsNoSuccess() {
    assertFailure("cannot write /dev/full: No space left on device", replay("/dev/full"));
    assertEquals("", output.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aTruncatedCaptureIsReplayedAndItsDamageIsTold() throws IOException {
    byte[] bytes = Files.readAllBytes(in);
    Files.write(in, Arrays.copyOf(bytes, bytes.length - 5));
    int status = replay(out.toString());
    assertTrue(output.toString(StandardCharsets.UTF_8).contains("1 forwarded"), this::said);
    assertFailure("the file ends there, within a record", status);
  }

  @Test
  void aServerThatIsDownMustBeOne() {
    assertEquals(WRONG_USAGE, replay(out.toString(), "--down", "10.0.0.12:80"), this::said);
    assertTrue(
        said().contains("--down: no backend has 10.0.0.12:80; there is 10.0.0.11:80"), this::said);
    assertEquals(DONE, replay(out.toString(), "--down", "10.0.0.11:80"), this::said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "::1", "2001:db8::1"})
  void aNextHopIsOfEitherFamily(String address) {
    assertEquals(DONE, replay(out.toString(), "--mac", address + "=02:00:00:00:00:01"), this::said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[::1]", "192.0.2.1:80"})
  void aNextHopIsAnAddressWithoutAPort(String address) {
    assertEquals(
        WRONG_USAGE, replay(out.toString(), "--mac", address + "=02:00:00:00:00:01"), this::said);
    assertTrue(said().contains("is not an address without a port"), this::said);
  }

  @Test
  void anOutputThatCannotBeWrittenIsAFailure() {
    System.setOut(
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("No space left on device");
              }
            }));
    assertFailure("cannot write to standard output", Headrace.execute("check", config));
  }

  @Test
  void anErrorOfTheMachineIsALineAndAStatus() {
    @Command
    final class Failing implements Runnable {
      @Override
      public void run() {
        throw new InternalError("a fault in mapped memory");
      }
    }

    assertFailure("a fault in mapped memory", Headrace.execute(new CommandLine(new Failing())));
  }

  @Test
  void theHelpFitsTheLine() {
    assertEquals(DONE, Headrace.execute("--help"));
    assertTrue(said().matches("(?s).*kernel for\\s+its next start\\.\n.*"), this::said);
    assertEquals(DONE, Headrace.execute("replay", "--help"));
    assertTrue(said().contains("-w OUT.pcap IN.pcap\n"), this::said);
  }

  private int replay(String out, String... options) {
    String[] arguments =
        Arrays.copyOf(
            new String[] {"replay", "--config", config, in.toString(), "-w", out},
            6 + options.length);
    System.arraycopy(options, 0, arguments, 6, options.length);
    return Headrace.execute(arguments);
  }

  private void assertFailure(String text, int status) {
    assertEquals(FAILED, status, this::said);
    // Long work shows its progress, and on a busy machine any work may be long.
    List<String> said =
        errors
            .toString(StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.startsWith("replay: "))
            .toList();
    assertEquals(1, said.size(), this::said);
    assertTrue(said.getFirst().contains(text), this::said);
  }

  private String said() {
    return output.toString(StandardCharsets.UTF_8) + errors.toString(StandardCharsets.UTF_8);
  }
}
