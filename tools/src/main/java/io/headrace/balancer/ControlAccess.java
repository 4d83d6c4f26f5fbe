package io.headrace.balancer;

import io.headrace.admin.ControlSocket;
import io.headrace.admin.OwnersSocket;
import io.headrace.admin.Site;
import io.headrace.cli.CommandFailure;
import io.headrace.config.ControlConfig;
import io.headrace.config.ControlPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ways to the control of a balancer: its socket, and the token for TCP. */
final class ControlAccess {
  private static final Logger LOG = LoggerFactory.getLogger(ControlAccess.class);
  private static final int SHORTEST_TOKEN = 16;

  private ControlAccess() {}

  /**
   * The token of those who may change things over TCP.
   *
   * @throws CommandFailure when it cannot be read, or guessed too easily
   */
  static Optional<String> token(ControlConfig config) {
    return config.tokenFile().map(ControlAccess::read);
  }

  private static String read(Path file) {
    try {
      String token = Files.readString(file).strip();
      if (token.length() < SHORTEST_TOKEN || token.chars().anyMatch(each -> each <= ' ')) {
        throw new CommandFailure(
            "%s must hold a token of %d characters or more, without spaces"
                .formatted(file, SHORTEST_TOKEN));
      }
      return token;
    } catch (IOException e) {
      throw new CommandFailure("the token file cannot be read: " + e);
    }
  }

  /**
   * Opens the socket. The balancer does without the default one where it cannot be had. A socket
   * elsewhere is found at the default's path too, so that whoever knows the configuration's path
   * finds it even while that cannot be read.
   *
   * @param configuration its path gives the default one its name
   * @param opened takes what is opened
   * @throws CommandFailure when the one that the configuration names cannot be opened
   */
  static void openSocket(ControlConfig config, Path configuration, Site site, Resources opened) {
    Path usual = ControlPath.of(configuration);
    Path path = config.socket().orElse(usual);
    try {
      opened.open(ControlSocket.open(path, site));
      LOG.info("control: {}", path);
    } catch (IOException | IllegalArgumentException e) {
      String problem = "cannot serve control on %s: %s".formatted(path, e);
      if (config.socket().isPresent()) {
        throw new CommandFailure(problem);
      }
      LOG.warn("{}; name another in [control]", problem);
    }
    if (!path.equals(usual)) {
      link(usual, path.toAbsolutePath(), opened);
    }
  }

  /**
   * Opens that of this process, which another has followed: so it can be asked what it still
   * carries, and told to end that.
   *
   * @param opened takes what is opened
   */
  static void openWhileDraining(Path configuration, Site site, Resources opened) {
    Path path = ControlPath.ofDraining(configuration, ProcessHandle.current().pid());
    try {
      opened.open(ControlSocket.open(path, site));
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn("cannot serve control on {} while this process drains: {}", path, e.toString());
    }
  }

  private static void link(Path usual, Path socket, Resources opened) {
    try {
      Files.createDirectories(usual.getParent(), OwnersSocket.OF_ITS_OWNER);
      Files.deleteIfExists(usual);
      Files.createSymbolicLink(usual, socket);
      opened.open((AutoCloseable) () -> Files.deleteIfExists(usual));
    } catch (IOException e) {
      LOG.debug("the socket is found by the configuration alone", e);
    }
  }
}
