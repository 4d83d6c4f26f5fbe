package io.headrace.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects the errors of a configuration, so that all of them are told at once. */
final class Problems {
  private final List<ConfigError> errors = new ArrayList<>();

  void add(Place at, String message) {
    errors.add(new ConfigError(at.file(), at.line(), at.column(), message));
  }

  void throwIfAny() throws ConfigException {
    if (!errors.isEmpty()) {
      errors.sort(
          Comparator.comparing(ConfigError::file)
              .thenComparingInt(ConfigError::line)
              .thenComparingInt(ConfigError::column));
      throw new ConfigException(errors);
    }
  }
}
