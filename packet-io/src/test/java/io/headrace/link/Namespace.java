package io.headrace.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A network namespace for a test; what runs in it runs on a thread of its own. */
@SuppressWarnings("restricted")
final class Namespace implements AutoCloseable {
  private static final int CLONE_NEWNET = 0x40000000;
  private static final CFunction SETNS = CFunction.named("setns");

  private final String name;

  private Namespace(String name) {
    this.name = name;
  }

  static Namespace create(String role) {
    require("0".equals(run("id", "-u").strip()), "root, to make network namespaces");
    for (String command : new String[] {"ip", "nft"}) {
      require(run("sh", "-c", "command -v " + command + "; true").contains("/"), command);
    }
    Namespace namespace = new Namespace("link-" + ProcessHandle.current().pid() + "-" + role);
    run("ip", "netns", "add", namespace.name);
    namespace.sh("ip link set lo up");
    return namespace;
  }

  private static void require(boolean present, String what) {
    if ("true".equals(System.getenv("CI"))) {
      assertTrue(present, () -> "missing: " + what);
    } else {
      assumeTrue(present, () -> "missing: " + what);
    }
  }

  String name() {
    return name;
  }

  /** Runs a line of shell in it. */
  String sh(String line) {
    return run("ip", "netns", "exec", name, "sh", "-ec", line);
  }

  interface Action {
    void run() throws Exception;
  }

  void in(Action action) {
    call(
        () -> {
          action.run();
          return "";
        });
  }

  <T> T call(Callable<T> callable) {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              enter();
              return callable.call();
            });
    Thread.ofPlatform().daemon().start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** setns(2) moves the calling thread alone. */
  private void enter() {
    int fd = Libc.open("/run/netns/" + name, 0, 0);
    try {
      assertEquals(0, SETNS.call(new CallState(), fd, CLONE_NEWNET));
    } finally {
      Libc.close(fd);
    }
  }

  @Override
  public void close() {
    if (Files.exists(Path.of("/run/netns", name))) {
      run("ip", "netns", "del", name);
    }
  }

  private static String run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String printed = new String(process.getInputStream().readAllBytes());
      int status = process.waitFor();
      assertTrue(status == 0, () -> String.join(" ", command) + ": " + printed);
      return printed;
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
