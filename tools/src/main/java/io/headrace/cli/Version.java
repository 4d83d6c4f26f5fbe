package io.headrace.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/**
 * What {@code --version} prints: the release, the commit where the launcher knows it, and the Java
 * that runs it.
 */
public final class Version implements IVersionProvider {
  private static final String RESOURCE = "/io/headrace/version.properties";

  /** The release alone. */
  public static String release() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      properties.load(in);
    }
    return properties.getProperty("version");
  }

  @Override
  public String[] getVersion() throws IOException {
    String commit = System.getProperty("headrace.commit", "");
    return new String[] {
      "headrace %s%s"
          .formatted(release(), commit.isEmpty() ? "" : " (commit %s)".formatted(commit)),
      "Java %s, %s".formatted(Runtime.version(), System.getProperty("java.vendor"))
    };
  }
}
