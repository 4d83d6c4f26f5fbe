package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.Result;

/** What an administrator types on a host. */
final class Shell {
  private Shell() {}

  /** Runs a script, every command of which has to succeed. */
  static void run(Host host, String script) {
    Result result = host.run("sh", "-e", "-c", script);
    assertTrue(result.ok(), () -> script + ": " + result);
  }
}
