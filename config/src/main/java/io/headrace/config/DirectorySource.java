package io.headrace.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files of a directory whose names end in {@code .toml}, in the order of their names, as if
 * they were one. Hidden ones are left out: editors and mounts of Kubernetes have such.
 */
record DirectorySource(Path directory) implements ConfigSource {
  private static final String SUFFIX = ".toml";

  @Override
  public Content load() {
    List<Document> documents = new ArrayList<>();
    List<ConfigError> errors = new ArrayList<>();
    try (Stream<Path> all = Files.list(directory)) {
      for (Path file : all.filter(DirectorySource::isConfiguration).sorted().toList()) {
        documents.add(ConfigFile.load(file));
      }
      if (documents.isEmpty()) {
        errors.add(error("is a directory without a file whose name ends in " + SUFFIX));
      } else if (documents.stream().mapToInt(each -> each.bytes().remaining()).sum()
          > ConfigFile.LARGEST) {
        errors.add(error("its files are larger than 256 KiB together"));
      }
    } catch (ConfigException e) {
      errors.addAll(e.errors());
    } catch (IOException e) {
      errors.add(error("cannot be read: " + e.getMessage()));
    }
    return new Content(documents, errors);
  }

  private static boolean isConfiguration(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(SUFFIX) && !name.startsWith(".");
  }

  private ConfigError error(String message) {
    return new ConfigError(directory.toString(), 0, 0, message);
  }

  @Override
  public Watch watch() {
    return new DirectoryWatch(directory);
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
