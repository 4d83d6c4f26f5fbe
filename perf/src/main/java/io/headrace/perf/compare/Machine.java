package io.headrace.perf.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where and when something was measured.
 *
 * @param programs version by name
 */
record Machine(String cpu, int cores, String kernel, Instant time, Map<String, String> programs) {
  private static final Map<String, List<String>> ASKED =
      Map.of(
          "nftables", List.of("nft", "--version"),
          "haproxy", List.of("haproxy", "-v"),
          "nginx", List.of("nginx", "-v"),
          "iperf3", List.of("iperf3", "--version"),
          "wrk", List.of("wrk", "-v"));

  static Machine ofThis() throws IOException, InterruptedException {
    Map<String, String> programs = new LinkedHashMap<>();
    programs.put("headrace", System.getProperty("headrace.commit", "unknown"));
    programs.put("java", System.getProperty("java.vm.version"));
    for (String program : ASKED.keySet().stream().sorted().toList()) {
      programs.put(program, version(ASKED.get(program)));
    }
    return new Machine(
        cpuModel(),
        Runtime.getRuntime().availableProcessors(),
        Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        programs);
  }

  private static String cpuModel() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    }
  }

  /** The first line of what it says of itself. */
  private static String version(List<String> command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (InputStream said = process.getInputStream()) {
        String text = new String(said.readAllBytes(), StandardCharsets.UTF_8);
        return text.lines().findFirst().orElse("unknown").strip();
      } finally {
        process.waitFor();
      }
    } catch (IOException e) {
      return "missing";
    }
  }

  /** In a line. */
  String text() {
    return "%s, %d cores, Linux %s".formatted(cpu, cores, kernel);
  }
}
