package io.headrace.testbed;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
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
  private static final MethodHandle OPEN = link("open", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SETNS = link("setns", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle CLOSE = link("close", JAVA_INT, JAVA_INT);

  private final String namespace;

  NamespaceThreads(String namespace) {
    this.namespace = namespace;
  }

  @Override
  public Thread newThread(Runnable task) {
    return Thread.ofPlatform()
        .daemon()
        .name("in " + namespace)
        .unstarted(
            () -> {
              enter();
              task.run();
            });
  }

  private void enter() {
    int entered;
    try (Arena arena = Arena.ofConfined()) {
      String file = NAMED.resolve(namespace).toString();
      int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file), O_RDONLY_CLOEXEC);
      entered = (int) SETNS.invokeExact(descriptor, CLONE_NEWNET);
      int closed = (int) CLOSE.invokeExact(descriptor);
      assert closed == 0 || entered != 0;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    if (entered != 0) {
      throw new TestbedException("cannot enter the network namespace " + namespace);
    }
  }

  @SuppressWarnings("restricted") // Java has no call of its own for this.
  private static MethodHandle link(String function, MemoryLayout result, MemoryLayout... taken) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(function), FunctionDescriptor.of(result, taken));
  }
}
