package io.headrace.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Files in which the kernel tells about itself; those of /proc are of the calling thread. */
final class Proc {
  private Proc() {}

  /** The first line; empty when there is no such file. */
  static Optional<String> line(String path) {
    return lines(path).stream().findFirst().map(String::strip);
  }

  /** All lines; none when there is no such file. */
  static List<String> lines(String path) {
    Path file = Path.of(path);
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The number in a setting of the kernel; 0 when there is no such setting. */
  static int number(String path) {
    return line(path).map(Integer::parseInt).orElse(0);
  }
}
