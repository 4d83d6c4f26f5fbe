package io.headrace.counters;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Whose a counters file is, and whether it drains: what is at the same place in every version of
 * the file ({@link Layout}).
 */
record Header(UnsafeBuffer bytes) {
  /** The kernel's own idea of when it started moves with the wall clock. */
  private static final Duration CLOCK_STEP = Duration.ofSeconds(10);

  /** Of a file of whatever version, as it is now; empty when it is none. */
  static Optional<Header> read(Path file) {
    ByteBuffer bytes = ByteBuffer.allocate(Layout.HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, bytes.position()) < 0) {
          return Optional.empty();
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    Header header = new Header(new UnsafeBuffer(bytes));
    return header.bytes.getLong(Layout.MAGIC) == Layout.MAGIC_VALUE
        ? Optional.of(header)
        : Optional.empty();
  }

  long pid() {
    return bytes.getLong(Layout.PID);
  }

  Instant created() {
    return Instant.ofEpochMilli(bytes.getLong(Layout.CREATED));
  }

  String config() {
    int length = Math.clamp(bytes.getInt(Layout.CONFIGURATION), 0, Layout.CONFIGURATION_LENGTH);
    byte[] text = new byte[length];
    bytes.getBytes(Layout.CONFIGURATION + Integer.BYTES, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** Whether its process is there, and no other has got its number. */
  boolean isAlive() {
    Instant started = Instant.ofEpochMilli(bytes.getLong(Layout.STARTED));
    return ProcessHandle.of(pid())
        .filter(ProcessHandle::isAlive)
        .flatMap(process -> process.info().startInstant())
        .filter(other -> Duration.between(started, other).abs().compareTo(CLOCK_STEP) < 0)
        .isPresent();
  }

  Optional<Draining> draining() {
    long since = bytes.getLongVolatile(Layout.DRAINING_SINCE);
    return since == 0
        ? Optional.empty()
        : Optional.of(
            new Draining(
                pid(),
                Instant.ofEpochMilli(since),
                bytes.getLongVolatile(Layout.DRAINING_CONNECTIONS)));
  }
}
