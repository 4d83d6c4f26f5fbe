package io.headrace.testbed;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;

/**
 * Platform threads of this JVM that are in a network namespace (setns(2)): what sockets they open
 * are there, and stay there. The other threads do not notice.
 */
final class NamespaceThreads implements ThreadFactory {
  private static final Path NAMED = Path.of("/run/netns");
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final CFunction OPEN = CFunction.named("open");
  private static final CFunction SETNS = CFunction.named("setns");
  private static final CFunction CLOSE = CFunction.named("close");

  private final String namespace;

  NamespaceThreads(String namespace) {
    this.namespace = namespace;
  }

  /**
   * Makes a thread, which is to be started.
   *
   * @throws TestbedException when the namespace is gone
   */
  @Override
  public Thread newThread(Runnable task) {
    int descriptor = open();
    return Thread.ofPlatform()
        .daemon()
        .name("in " + namespace)
        .unstarted(
            () -> {
              enter(descriptor);
              task.run();
            });
  }

  private int open() {
    int descriptor;
    try (Arena arena = Arena.ofConfined()) {
      long file = arena.allocateFrom(NAMED.resolve(namespace).toString()).address();
      descriptor = OPEN.call(new CallState(), file, O_RDONLY_CLOEXEC);
    }
    if (descriptor < 0) {
      throw new TestbedException("there is no network namespace " + namespace);
    }
    return descriptor;
  }

  private void enter(int descriptor) {
    CallState state = new CallState();
    int entered = SETNS.call(state, descriptor, CLONE_NEWNET);
    int closed = CLOSE.call(state, descriptor);
    if (entered < 0 || closed < 0) {
      throw new TestbedException("cannot enter the network namespace " + namespace);
    }
  }
}
