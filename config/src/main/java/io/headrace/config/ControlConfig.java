package io.headrace.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a running balancer is steered.
 *
 * @param socket a Unix socket; empty for the default, {@link ControlPath}
 * @param tokenFile holds the token that lets a request over TCP steer; empty when none may
 * @param stateFile where what was changed outlives the process; empty when it does not
 */
public record ControlConfig(
    Optional<Path> socket, Optional<Path> tokenFile, Optional<Path> stateFile) {
  /** Where the file says nothing. */
  public static final ControlConfig DEFAULT =
      new ControlConfig(Optional.empty(), Optional.empty(), Optional.empty());
}
