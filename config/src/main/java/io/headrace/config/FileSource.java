package io.headrace.config;

import java.nio.file.Path;
import java.util.List;

/**
 * One file, in whatever way it changes: written in place, replaced by an editor, or swapped behind
 * a symbolic link.
 */
record FileSource(Path file) implements ConfigSource {
  @Override
  public Content load() {
    try {
      return new Content(List.of(ConfigFile.load(file)), List.of());
    } catch (ConfigException e) {
      return new Content(List.of(), e.errors());
    }
  }

  @Override
  public Watch watch() {
    return new DirectoryWatch(file.toAbsolutePath().getParent());
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
