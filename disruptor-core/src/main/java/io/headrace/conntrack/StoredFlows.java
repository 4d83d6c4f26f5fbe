package io.headrace.conntrack;

import io.headrace.conntrack.FlowMap.Family;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The flows in the file of a balancer that does not run. The file is only read: what a killed
 * process left in it, held locks included, is put right in a copy, as the next start will do, and a
 * start meanwhile finds nothing that holds it up. The copy has the file's blocks that are not all
 * zero, is in the directory for temporary files, and has no name any more when this is open.
 *
 * <p>Not thread-safe.
 */
public final class StoredFlows implements AutoCloseable {
  private static final int BLOCK = 1 << 16;

  private final List<FlowMap> parts;
  private final long fileBytes;
  private final int damages;

  private StoredFlows(List<FlowMap> parts, long fileBytes, int damages) {
    this.parts = parts;
    this.fileBytes = fileBytes;
    this.damages = damages;
  }

  /**
   * The process that has the file, which would change it while it is read.
   *
   * @return empty when none has
   * @throws FlowFileException when that cannot be seen
   */
  public static Optional<String> user(Path file) {
    try {
      return FlowFileUse.process(file);
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  /**
   * Reads a file.
   *
   * @throws FlowFileException when a process has it or takes it meanwhile; when it cannot be read;
   *     when nothing in it can be recovered
   */
  public static StoredFlows open(Path file) {
    requireUnused(file);
    List<FlowMap> parts = new ArrayList<>();
    try {
      AtomicInteger damages = new AtomicInteger();
      parts.add(open(file, Family.IPV4, file, damages));
      long bytes = Files.size(file);
      Path ipv6 = FlowFile.ofIpv6(file);
      if (Files.exists(ipv6)) {
        parts.add(open(file, Family.IPV6, ipv6, damages));
        bytes += Files.size(ipv6);
      }
      return new StoredFlows(parts, bytes, damages.get());
    } catch (IOException | RuntimeException e) {
      parts.forEach(FlowMap::close);
      throw e instanceof IOException io ? failure(file, io) : (RuntimeException) e;
    }
  }

  /**
   * @param file whose lock is asked for
   * @param part of it
   */
  private static FlowMap open(Path file, Family family, Path part, AtomicInteger damages)
      throws IOException {
    Path directory = Files.createTempDirectory("headrace-");
    Path copy = directory.resolve("flows");
    // Should this process be told to end: then nobody comes to delete them below.
    directory.toFile().deleteOnExit();
    copy.toFile().deleteOnExit();
    try {
      copy(part, copy);
      requireUnused(file);
      return recover(part, family, copy, damages);
    } finally {
      Files.deleteIfExists(copy);
      Files.delete(directory);
    }
  }

  private static FlowMap recover(Path part, Family family, Path copy, AtomicInteger damages) {
    FlowMap flows;
    try {
      flows = FlowMap.recover(family, copy, damages::incrementAndGet);
    } catch (IOException | RuntimeException | InternalError | AssertionError e) {
      throw new FlowFileException(
          "flow file %s is damaged: %s; the next start will set it aside"
              .formatted(part, e.getMessage()),
          e);
    }
    if (flows.hash().isEmpty()) {
      flows.close();
      throw new FlowFileException(
          "flow file %s is damaged: its key is lost; the next start will set it aside"
              .formatted(part));
    }
    return flows;
  }

  private static void requireUnused(Path file) {
    user(file)
        .ifPresent(
            process -> {
              throw new FlowFileException(
                  "flow file %s is in use by process %s".formatted(file, process));
            });
  }

  /** Leaves holes where the file is all zero: most of it, as it is made for its capacity. */
  private static void copy(Path from, Path to) throws IOException {
    try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
        FileChannel out =
            FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
      ByteBuffer zeros = ByteBuffer.allocateDirect(BLOCK);
      long at = 0;
      while (in.read(block.clear(), at) > 0) {
        block.flip();
        int length = block.remaining();
        if (!block.equals(zeros.clear().limit(length))) {
          write(block, out, at);
        }
        at += length;
      }
      if (at > 0) {
        // The last byte, so that a hole at the end counts.
        in.read(block.clear().limit(1), at - 1);
        write(block.flip(), out, at - 1);
      }
    }
  }

  private static void write(ByteBuffer bytes, FileChannel out, long at) throws IOException {
    long end = at;
    while (bytes.hasRemaining()) {
      end += out.write(bytes, end);
    }
  }

  private static FlowFileException failure(Path file, IOException e) {
    String reason =
        switch (e) {
          case NoSuchFileException missing -> missing.getFile() + ": there is no such file";
          case AccessDeniedException denied -> denied.getFile() + ": permission denied";
          default -> e.getMessage();
        };
    return new FlowFileException("cannot read flow file " + file + ": " + reason, e);
  }

  /** For how many flows the file was made. */
  public int capacity() {
    return parts.getFirst().capacity();
  }

  /** The length of the file, or of both, which does not depend on how many flows are in it. */
  public long fileBytes() {
    return fileBytes;
  }

  /** How many entries or parts of the file were wrong, so that flows may be missing. */
  public int damages() {
    return damages;
  }

  /** Shows every flow. */
  public void forEach(Consumer<StoredFlow> action) {
    for (FlowMap flows : parts) {
      flows.forEach((key, value) -> action.accept(StoredFlow.of(key, value)));
    }
  }

  @Override
  public void close() {
    parts.forEach(FlowMap::close);
  }
}
