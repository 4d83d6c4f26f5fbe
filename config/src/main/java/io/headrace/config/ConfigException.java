package io.headrace.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A configuration that cannot be used. It holds every error that was found; its message is all of
 * them, one per line, complete as it is shown to a user.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigError> errors;

  /**
   * @param errors at least one, in the order of the file
   */
  public ConfigException(List<ConfigError> errors) {
    super(errors.stream().map(ConfigError::toString).collect(Collectors.joining("\n")));
    this.errors = List.copyOf(errors);
  }

  /** In the order of the file. */
  public List<ConfigError> errors() {
    return errors;
  }
}
