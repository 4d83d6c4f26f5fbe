import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Holds every Java source against google-java-format: {@code check} names those that differ, {@code fix} rewrites them. */
final class Format {
  public static void main(String[] args) throws Exception {
    boolean fix = args[0].equals("fix");
    Path root = Path.of(args[1]);
    Formatter formatter = new Formatter(JavaFormatterOptions.defaultOptions());
    List<Path> different = new ArrayList<>();
    for (Path source : sources(root)) {
      String text = Files.readString(source);
      String formatted;
      try {
        formatted = formatter.formatSource(
            RemoveUnusedImports.removeUnusedImports(
                ImportOrderer.reorderImports(text, JavaFormatterOptions.Style.GOOGLE)));
      } catch (com.google.googlejavaformat.java.FormatterException e) {
        throw new IllegalStateException(root.relativize(source) + ": " + e.getMessage());
      }
      if (!formatted.equals(text)) {
        different.add(root.relativize(source));
        if (fix) {
          Files.writeString(source, formatted);
        }
      }
    }
    if (!different.isEmpty()) {
      different.forEach(path -> System.err.println((fix ? "formatted " : "not formatted: ") + path));
      if (!fix) {
        System.err.println("To format them: mvn -N -q validate -Dformat=fix");
        System.exit(1);
      }
    }
  }

  private static List<Path> sources(Path root) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.filter(path -> Files.isDirectory(path.resolve("src"))).sorted().toList()) {
        try (Stream<Path> files = Files.walk(module.resolve("src"))) {
          files.filter(path -> path.toString().endsWith(".java")).sorted().forEach(found::add);
        }
      }
    }
    return found;
  }
}
