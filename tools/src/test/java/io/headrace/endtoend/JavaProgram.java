package io.headrace.endtoend;

import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs a class of these tests as a program of its own on a host of the testbed. */
final class JavaProgram {
  static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();
  static final String CLASS_PATH = System.getProperty("java.class.path");

  private JavaProgram() {}

  static HostProcess start(Host host, Class<?> main, Object... arguments) {
    return host.start(command(main, arguments));
  }

  static Result run(Host host, Duration limit, Class<?> main, Object... arguments) {
    return host.run(limit, command(main, arguments));
  }

  private static String[] command(Class<?> main, Object... arguments) {
    List<String> line =
        new ArrayList<>(
            List.of(
                JAVA,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                CLASS_PATH,
                main.getName()));
    for (Object argument : arguments) {
      line.add(argument.toString());
    }
    return line.toArray(String[]::new);
  }
}
