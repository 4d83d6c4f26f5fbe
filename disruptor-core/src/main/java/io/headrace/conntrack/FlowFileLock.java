package io.headrace.conntrack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a flow file to one process: an exclusive lock on a file beside it, which names the process.
 * The kernel lets go of it when the process ends, however that is. The file stays: were it deleted,
 * two processes could hold locks on two files of the same name.
 */
final class FlowFileLock implements AutoCloseable {
  private final FileChannel channel;

  private FlowFileLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * @throws FlowFileException when another holds it
   * @throws IOException when the lock's file cannot be made
   */
  static FlowFileLock take(Path file) throws IOException {
    Path path = Path.of(file + ".lock");
    Path directory = path.toAbsolutePath().getParent();
    if (Files.notExists(directory) && Files.exists(directory.getParent())) {
      // That of the default, on a fresh machine. More than one that is missing looks like an error.
      Files.createDirectory(directory);
    }
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (!lock(channel)) {
      channel.close();
      throw new FlowFileException(
          "flow file %s is in use by process %s: stop that balancer, or give this one a file of its own"
              .formatted(file, Files.readString(path).strip()));
    }
    channel.truncate(0);
    channel.write(
        ByteBuffer.wrap(
            (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
    return new FlowFileLock(channel);
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException heldByThisProcess) {
      return false;
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new FlowFileException("cannot unlock the flow file: " + e.getMessage(), e);
    }
  }
}
