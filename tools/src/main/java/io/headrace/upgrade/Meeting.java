package io.headrace.upgrade;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * Where the processes of one configuration file, user and network namespace find each other: a Unix
 * socket in a directory that is its user's alone.
 */
final class Meeting {
  private Meeting() {}

  static UnixDomainSocketAddress at(Path config) throws IOException {
    String key = config.toRealPath() + "\n" + Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    String name = UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8)).toString();
    return UnixDomainSocketAddress.of(directory().resolve(name));
  }

  private static Path directory() throws IOException {
    int user = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    Path own = Path.of("/run/user/" + user);
    Path root = user == 0 ? Path.of("/run") : own;
    Path directory =
        (Files.isWritable(root) ? root : Path.of(System.getProperty("java.io.tmpdir")))
            .resolve("headrace-upgrade-" + user);
    if (!Files.exists(directory)) {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    if ((int) Files.getAttribute(directory, "unix:uid") != user
        || !PosixFilePermissions.toString(Files.getPosixFilePermissions(directory))
            .equals("rwx------")) {
      throw new IOException(directory + " is not this user's alone");
    }
    return directory;
  }
}
