package io.headrace.health;

import io.headrace.config.ProbeConfig;
import io.headrace.registry.Server;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.Map;

/** Runs a program, and with it what it starts, until its exit or the end of its time. */
final class CommandCheck implements Check {
  private static final File NOTHING = new File("/dev/null");

  private final ProbeConfig.Command config;

  CommandCheck(ProbeConfig.Command config) {
    this.config = config;
  }

  @Override
  public void run(Server server, Place at, Deadline deadline)
      throws IOException, InterruptedException {
    Process process = start(server, at);
    try (Closeable _ = deadline.guard(() -> kill(process))) {
      int status = process.waitFor();
      if (deadline.hasPassed()) {
        throw new IOException("killed");
      }
      if (status != 0) {
        throw new CheckException("exit status " + status + " of " + config.words().getFirst());
      }
    }
  }

  private Process start(Server server, Place at) throws NoCheckException {
    ProcessBuilder builder =
        new ProcessBuilder(config.words())
            .redirectInput(Redirect.from(NOTHING))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD);
    builder
        .environment()
        .putAll(
            Map.of(
                "HEADRACE_BACKEND", server.backend(),
                "HEADRACE_SERVER", server.name(),
                "HEADRACE_ADDRESS", at.asked().getAddress().getHostAddress(),
                "HEADRACE_PORT", String.valueOf(at.asked().getPort())));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new NoCheckException(e.getMessage(), e);
    }
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
