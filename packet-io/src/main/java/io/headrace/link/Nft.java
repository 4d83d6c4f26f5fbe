package io.headrace.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The command of Debian's nftables. One script is one transaction: the kernel takes it whole or not
 * at all. It works in the network namespace of the thread that calls.
 */
public final class Nft {
  private static final List<String> SYSTEM_DIRECTORIES =
      List.of("/usr/local/sbin", "/usr/sbin", "/sbin");
  private static final int TIMEOUT_S = 30;
  private static final String MISSING = "nft is missing: apt install nftables";

  private final Path command;

  Nft(Path command) {
    this.command = command;
  }

  /**
   * The one on the path, or where system commands are: an ordinary user's path lacks them.
   *
   * @throws LinkException when there is none
   */
  public static Nft find() {
    Stream<String> path = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"));
    return new Nft(
        Stream.concat(path, SYSTEM_DIRECTORIES.stream())
            .map(directory -> Path.of(directory, "nft"))
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(() -> new LinkException(MISSING)));
  }

  Path command() {
    return command;
  }

  /**
   * Every rule there is, as JSON (libnftables-json(5)).
   *
   * @throws LinkException when there is no nft, or it refuses
   */
  public String ruleset() {
    return run("", "-j", "list", "ruleset");
  }

  /**
   * Runs a script.
   *
   * @return what it printed
   * @throws LinkException when there is no nft, or it refuses
   */
  String run(String script) {
    return run(script, "-f", "-");
  }

  private String run(String script, String... options) {
    List<String> line = new ArrayList<>(List.of(command.toString()));
    line.addAll(List.of(options));
    try {
      Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(script.getBytes(StandardCharsets.UTF_8));
      }
      try (InputStream out = process.getInputStream()) {
        String printed = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new LinkException("nft did not end in " + TIMEOUT_S + " s");
        }
        if (process.exitValue() != 0) {
          throw refused(printed);
        }
        return printed;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LinkException("interrupted while nft ran", e);
    } catch (IOException e) {
      throw Files.isExecutable(command)
          ? new LinkException("cannot run " + command + ": " + e.getMessage(), e)
          : new LinkException(MISSING, e);
    }
  }

  private static LinkException refused(String printed) {
    if (printed.contains("Operation not permitted")) {
      return LinkException.missingPrivilege("read or change the firewall's rules");
    }
    String first = printed.lines().findFirst().orElse("no reason given");
    return new LinkException("nft refused the balancer's rules: " + first);
  }
}
