package io.headrace.balancer;

import io.headrace.counters.CountersFiles;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The JVM's own log of its safepoints (JEP 158), each with its name and its times: the JVM writes a
 * line into memory after each, and nothing else ever happens for it. The file has no name and goes
 * with the process. For one thread.
 */
final class PauseLog implements AutoCloseable {
  private static final Pattern LINE =
      Pattern.compile("\\[(\\d+)ns] Safepoint \"([^\"]+)\", .*Total: +(\\d+) ns");

  /** It is emptied when it has become so long; a line that comes just then is lost. */
  private static final int LONGEST = 1 << 16;

  private final Path file;
  private final FileChannel lines;
  private final ByteBuffer buffer = ByteBuffer.allocate(LONGEST);
  private long read;

  /**
   * All threads stood still.
   *
   * @param operation what for, as the JVM names it; those of the garbage collector have {@code
   *     Collect} or {@code GC} in their names
   * @param startNs when the JVM began to stop them, as {@link System#nanoTime}
   * @param durationNs until they went on
   */
  record Pause(String operation, long startNs, long durationNs) {}

  /**
   * Has this JVM log from now on.
   *
   * @throws IOException when it does not
   */
  PauseLog() throws IOException {
    file = Files.createTempFile(CountersFiles.base(), "headrace", ".pauses");
    try {
      lines = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
      // The JVM opens a file that is there to append, and with no rotation keeps it open.
      String said =
          tell("output_options=filecount=0", "what=safepoint=info", "decorators=timenanos");
      if (!said.isBlank()) {
        lines.close();
        throw new IOException("the JVM does not log its pauses: " + said.strip());
      }
    } finally {
      Files.delete(file);
    }
  }

  /** What the command {@code jcmd PID VM.log} would do, for the output that is this file. */
  private String tell(String... options) throws IOException {
    String[] line = new String[options.length + 1];
    line[0] = "output=\"" + file + "\"";
    System.arraycopy(options, 0, line, 1, options.length);
    try {
      return (String)
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "vmLog",
                  new Object[] {line},
                  new String[] {String[].class.getName()});
    } catch (JMException e) {
      throw new IOException("the JVM does not log its pauses: " + e, e);
    }
  }

  /** Reads what has come since the last time. */
  void read(Consumer<Pause> each) throws IOException {
    int got;
    do {
      got = lines.read(buffer.clear(), read);
      String text = new String(buffer.array(), 0, Math.max(0, got), StandardCharsets.US_ASCII);
      // A line that is not whole yet is read again.
      String whole = text.substring(0, text.lastIndexOf('\n') + 1);
      read += whole.length();
      whole.lines().forEach(line -> parse(line, each));
    } while (got == LONGEST);
    if (read >= LONGEST && lines.size() == read) {
      lines.truncate(0);
      read = 0;
    }
  }

  private static void parse(String line, Consumer<Pause> each) {
    Matcher found = LINE.matcher(line);
    if (found.find()) {
      // The line is written when it is over.
      long end = Long.parseLong(found.group(1));
      long took = Long.parseLong(found.group(3));
      each.accept(new Pause(found.group(2), end - took, took));
    }
  }

  @Override
  public void close() throws IOException {
    tell("what=all=off");
    lines.close();
  }
}
