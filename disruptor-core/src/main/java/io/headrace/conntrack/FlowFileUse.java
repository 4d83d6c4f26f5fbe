package io.headrace.conntrack;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether another process has a flow file, asked without taking its lock (fcntl(2), F_GETLK): a
 * balancer that starts at this moment must not find it taken.
 */
@SuppressWarnings("restricted") // Java can only take a lock, not ask for one
final class FlowFileUse {
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int F_GETLK = 5;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;

  /** Of struct flock, on the 64-bit architectures; all but the type is 0: the whole file. */
  private static final int FLOCK_LENGTH = 32;

  private FlowFileUse() {}

  /** The id of the process that has the file; empty when none has. */
  static Optional<String> process(Path file) throws IOException {
    Path lock = Path.of(file + ".lock");
    if (Files.notExists(lock)) {
      return Optional.empty();
    }
    String process = Files.readString(lock).strip();
    return isLocked(lock) ? Optional.of(process) : Optional.empty();
  }

  private static boolean isLocked(Path path) throws IOException {
    MethodHandle open = function("open", 2, ADDRESS, JAVA_INT, JAVA_INT);
    MethodHandle fcntl = function("fcntl", 2, JAVA_INT, JAVA_INT, ADDRESS);
    MethodHandle close = function("close", 1, JAVA_INT);
    try (Arena arena = Arena.ofConfined()) {
      int fd = (int) open.invokeExact(arena.allocateFrom(path.toString()), O_RDONLY_CLOEXEC, 0);
      MemorySegment flock = arena.allocate(FLOCK_LENGTH, Long.BYTES);
      flock.set(JAVA_SHORT, 0, F_WRLCK);
      int asked = (int) fcntl.invokeExact(fd, F_GETLK, flock);
      int closed = (int) close.invokeExact(fd);
      if (fd < 0 || asked < 0 || closed < 0) {
        throw new IOException(path + ": cannot see whether it is locked");
      }
      return flock.get(JAVA_SHORT, 0) != F_UNLCK;
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static MethodHandle function(String name, int fixed, MemoryLayout... parameters) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters),
        Linker.Option.firstVariadicArg(fixed));
  }
}
