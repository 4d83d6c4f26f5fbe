package io.headrace.config;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;

/**
 * Where a configuration comes from. Whoever follows it loads it again and again, and compares: what
 * brings a change about is the source's own affair.
 */
public interface ConfigSource {
  /** A file, or a directory of files. */
  static ConfigSource of(Path path) {
    boolean directory = !path.toString().isEmpty() && Files.isDirectory(path);
    return directory ? new DirectorySource(path) : new FileSource(path);
  }

  /** What is there now, and why not all of it. Any thread. */
  Content load();

  /** Begins to watch for changes. */
  Watch watch();

  /** For messages: as the operator named it. */
  @Override
  String toString();

  /**
   * A text in the format of the configuration.
   *
   * @param file the name of its file; errors have it, and relative paths start there
   * @param bytes UTF-8
   * @param saved when it was saved last: a text that was saved again is another
   */
  record Document(Path file, ByteBuffer bytes, FileTime saved) {}

  /**
   * What a source holds at one moment.
   *
   * @param documents in their order
   * @param errors that kept it from being read whole
   */
  record Content(List<Document> documents, List<ConfigError> errors) {}

  /** Waits for changes. For one thread. */
  interface Watch extends AutoCloseable {
    /** Returns when something may have changed, and after this time at the latest. */
    void await(Duration longest) throws InterruptedException;

    @Override
    void close();
  }
}
