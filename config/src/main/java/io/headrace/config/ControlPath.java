package io.headrace.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Where the control socket of a balancer is whose configuration names none. It has a name of its
 * own for each configuration, so that several balancers do not meet, and whoever knows the
 * configuration's path finds it.
 */
public final class ControlPath {
  private static final Path SYSTEM = Path.of("/run/headrace");

  private ControlPath() {}

  /**
   * @param configuration the file or directory that the balancer runs
   */
  public static Path of(Path configuration) {
    return of(configuration, ".sock");
  }

  /**
   * Of the socket of a process that another has followed, while it drains.
   *
   * @param pid its number
   */
  public static Path ofDraining(Path configuration, long pid) {
    return of(configuration, ".%d.sock".formatted(pid));
  }

  /**
   * Of another socket, beside it.
   *
   * @param ending of its name
   */
  public static Path of(Path configuration, String ending) {
    Path absolute = configuration.toAbsolutePath().normalize();
    CRC32C sum = new CRC32C();
    sum.update(absolute.toString().getBytes(StandardCharsets.UTF_8));
    String name = HexFormat.of().toHexDigits((int) sum.getValue());
    return directory().resolve(absolute.getFileName() + "-" + name + ending);
  }

  private static Path directory() {
    String user = System.getProperty("user.name");
    // A service manager makes it for a service that is not root; root finds it there, too.
    if (user.equals("root") || Files.isWritable(SYSTEM)) {
      return SYSTEM;
    }
    return Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR"))
        .map(Path::of)
        .filter(Files::isWritable)
        .map(runtime -> runtime.resolve("headrace"))
        .orElseGet(() -> Path.of(System.getProperty("java.io.tmpdir"), "headrace-" + user));
  }
}
