package io.headrace.upgrade;

import io.headrace.config.ControlPath;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;

/**
 * Where the processes of one configuration file and network namespace find each other: a Unix
 * socket beside the control socket, so that two services with a /tmp of their own meet, too.
 */
final class Meeting {
  private static final Path SELF = Path.of("/proc/self");

  private Meeting() {}

  static Path of(Path config) throws IOException {
    String network = Files.readSymbolicLink(SELF.resolve("ns/net")).toString();
    return ControlPath.of(config, ".upgrade-" + network.replaceAll("[^0-9]", ""));
  }

  /**
   * Connects to the process that waits there.
   *
   * @return empty when there is none
   * @throws IOException when it is another user's: its listening sockets are not for this one
   */
  static Optional<SocketChannel> join(Path config) throws IOException {
    Path meeting = of(config);
    if (!Files.exists(meeting)) {
      return Optional.empty();
    }
    SocketChannel socket;
    try {
      socket = SocketChannel.open(UnixDomainSocketAddress.of(meeting));
    } catch (ConnectException e) {
      // Left by one that was killed.
      return Optional.empty();
    }
    UserPrincipal user = socket.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
    if (!user.equals(Files.getOwner(SELF))) {
      socket.close();
      throw new IOException(
          "it is user %s's; start this one as the same".formatted(user.getName()));
    }
    return Optional.of(socket);
  }
}
