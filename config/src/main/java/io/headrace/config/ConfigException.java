package io.headrace.config;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A configuration that cannot be used. It holds the errors that were found; its message is these,
 * one per line, complete as it is shown to a user. A file of another kind has an error in every
 * line, so the message tells only the first {@value #MOST_TOLD}.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;
  static final int MOST_TOLD = 50;

  private final transient List<ConfigError> errors;

  /**
   * @param errors at least one, in the order of the file
   */
  public ConfigException(List<ConfigError> errors) {
    super(tell(errors));
    this.errors = List.copyOf(errors);
  }

  private static String tell(List<ConfigError> errors) {
    Stream<String> told = errors.stream().limit(MOST_TOLD).map(ConfigError::toString);
    int more = errors.size() - MOST_TOLD;
    return Stream.concat(
            told, more > 0 ? Stream.of("and at least " + more + " more") : Stream.empty())
        .collect(Collectors.joining("\n"));
  }

  /** In the order of the file. */
  public List<ConfigError> errors() {
    return errors;
  }
}
