package io.headrace.admin;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** A Unix socket that listens, and that only its owner may connect to. Any thread. */
public final class OwnersSocket implements AutoCloseable {
  /** Permissions of a directory that its owner alone may enter. */
  public static final FileAttribute<?> OF_ITS_OWNER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path path;
  private final ServerSocketChannel channel;
  private final Object file;

  private OwnersSocket(Path path, ServerSocketChannel channel, Object file) {
    this.path = path;
    this.channel = channel;
    this.file = file;
  }

  /**
   * Starts to listen, in place of whoever did. So that nobody else can connect at any time, it is
   * made in a directory of its own first.
   *
   * @throws IOException when it cannot; the message says why
   */
  public static OwnersSocket listen(Path path) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    Files.createDirectories(directory, OF_ITS_OWNER);
    Path work = Files.createTempDirectory(directory, ".headrace");
    Path made = work.resolve("s");
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(made));
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
      Object file = key(made);
      Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
      return new OwnersSocket(path, channel, file);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    } finally {
      Files.deleteIfExists(made);
      Files.delete(work);
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  public Path path() {
    return path;
  }

  /** Waits for the next who connects. */
  public SocketChannel accept() throws IOException {
    return channel.accept();
  }

  public boolean isOpen() {
    return channel.isOpen();
  }

  /** Another's that has taken its place stays. */
  @Override
  public void close() throws IOException {
    if (Files.exists(path) && key(path).equals(file)) {
      Files.delete(path);
    }
    channel.close();
  }
}
