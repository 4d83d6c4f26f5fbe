package io.headrace.conntrack;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether another process has a flow file, asked without taking its lock (fcntl(2), F_GETLK): a
 * balancer that starts at this moment must not find it taken.
 */
@SuppressWarnings("restricted") // Java can only take a lock, not ask for one
public final class FlowFileUse {
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int F_GETLK = 5;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;

  /** Of struct flock, on the 64-bit architectures; all but the type is 0: the whole file. */
  private static final int FLOCK_LENGTH = 32;

  private static final CFunction OPEN = CFunction.named("open");
  private static final CFunction FCNTL = CFunction.named("fcntl");
  private static final CFunction CLOSE = CFunction.named("close");

  private FlowFileUse() {}

  /**
   * The id of the process that has the file; empty when none has.
   *
   * @throws IOException when that cannot be seen
   */
  public static Optional<String> process(Path file) throws IOException {
    Path lock = Path.of(file + ".lock");
    if (Files.notExists(lock)) {
      return Optional.empty();
    }
    String process = Files.readString(lock).strip();
    return isLocked(lock) ? Optional.of(process) : Optional.empty();
  }

  private static boolean isLocked(Path path) throws IOException {
    CallState state = new CallState();
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(path.toString()).address();
      int fd = OPEN.call(state, name, O_RDONLY_CLOEXEC);
      MemorySegment flock = arena.allocate(FLOCK_LENGTH, Long.BYTES);
      flock.set(JAVA_SHORT, 0, F_WRLCK);
      int asked = FCNTL.call(state, fd, F_GETLK, flock.address());
      int closed = CLOSE.call(state, fd);
      if (fd < 0 || asked < 0 || closed < 0) {
        throw new IOException(path + ": cannot see whether it is locked");
      }
      return flock.get(JAVA_SHORT, 0) != F_UNLCK;
    }
  }
}
