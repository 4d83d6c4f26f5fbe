package io.headrace.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.tomlj.TomlPosition;

/** Collects the errors of one file, so that all of them are told at once. */
final class Problems {
  private final String file;
  private final List<ConfigError> errors = new ArrayList<>();

  Problems(String file) {
    this.file = file;
  }

  void add(TomlPosition at, String message) {
    errors.add(new ConfigError(file, at.line(), at.column(), message));
  }

  void throwIfAny() throws ConfigException {
    if (!errors.isEmpty()) {
      errors.sort(Comparator.comparingInt(ConfigError::line).thenComparingInt(ConfigError::column));
      throw new ConfigException(errors);
    }
  }
}
