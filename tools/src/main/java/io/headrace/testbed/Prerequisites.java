package io.headrace.testbed;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a machine must have for a {@link Testbed}: the privilege to make networks, and Debian's
 * programs.
 */
public final class Prerequisites {
  // capabilities(7), numbers from linux/capability.h: making namespaces is CAP_SYS_ADMIN, wiring
  // them CAP_NET_ADMIN.
  private static final int CAP_NET_ADMIN = 12;
  private static final int CAP_SYS_ADMIN = 21;

  private Prerequisites() {}

  private record Program(String name, String debianPackage) {}

  private static final List<Program> PROGRAMS =
      List.of(
          new Program("ip", "iproute2"),
          new Program("nginx", "nginx-light"),
          new Program("curl", "curl"),
          new Program("wrk", "wrk"),
          new Program("nft", "nftables"),
          new Program("tcpdump", "tcpdump"));

  /**
   * What is missing, one line each and with what to do about it; empty when a testbed can be made.
   */
  public static List<String> missing() {
    return missing(effectiveCapabilities(), System.getenv().getOrDefault("PATH", ""));
  }

  static List<String> missing(long capabilities, String path) {
    List<String> missing = new ArrayList<>();
    List<String> absent = new ArrayList<>();
    if ((capabilities >>> CAP_NET_ADMIN & 1) == 0) {
      absent.add("CAP_NET_ADMIN");
    }
    if ((capabilities >>> CAP_SYS_ADMIN & 1) == 0) {
      absent.add("CAP_SYS_ADMIN");
    }
    if (!absent.isEmpty()) {
      missing.add("the privilege %s (run as root)".formatted(String.join(" and ", absent)));
    }
    PROGRAMS.stream()
        .filter(program -> !isOn(path, program.name()))
        .map(
            program -> "%s (apt-get install %s)".formatted(program.name(), program.debianPackage()))
        .forEach(missing::add);
    return missing;
  }

  private static boolean isOn(String path, String program) {
    return Stream.of(path.split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /** The field CapEff of proc(5); none where it cannot be read, as outside Linux. */
  private static long effectiveCapabilities() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("CapEff:"))
          .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
          .findFirst()
          .orElse(0L);
    } catch (IOException e) {
      return 0;
    }
  }
}
