package io.headrace.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Paths in a configuration: a relative one starts at the directory of the file that names it. */
final class Paths {
  private Paths() {}

  /**
   * @throws IllegalArgumentException when it is none; the message is one line for a user
   */
  static Path parse(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("the path is empty; leave the key out for the default");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(Wording.quote(text) + " is not a path", e);
    }
  }

  /** Where it is. */
  static Path resolve(Located<Path> path) {
    return Path.of(path.at().file()).resolveSibling(path.value());
  }
}
