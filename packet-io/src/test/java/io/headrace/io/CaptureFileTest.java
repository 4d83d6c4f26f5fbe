package io.headrace.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureFileTest {
  private static final int MICROSECONDS = 0xA1B2C3D4;
  private static final int NANOSECONDS = 0xA1B23C4D;

  @TempDir private Path directory;

  private static FrameBuilder tcp(int payload) {
    return FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2).payload(FrameBuilder.bytes(payload));
  }

  /** A file header and one record per frame; frame i is from second i, tick i. */
  private static ByteBuffer capture(int magic, ByteOrder order, byte[]... frames) {
    ByteBuffer file = ByteBuffer.allocate(1 << 20).order(order);
    file.putInt(magic).putShort((short) 2).putShort((short) 4).putLong(0).putInt(65535).putInt(1);
    for (int i = 0; i < frames.length; i++) {
      file.putInt(i).putInt(i).putInt(frames[i].length).putInt(frames[i].length).put(frames[i]);
    }
    return file.flip();
  }

  private Path write(ByteBuffer content) throws IOException {
    Path file = directory.resolve("in.pcap");
    Files.write(file, Arrays.copyOf(content.array(), content.limit()));
    return file;
  }

  private static List<byte[]> read(Path file) {
    List<byte[]> frames = new ArrayList<>();
    try (CaptureFileSource source = new CaptureFileSource(file, 4)) {
      Frame frame = new Frame();
      while (source.receive(frame)) {
        byte[] bytes = new byte[frame.length()];
        frame.buffer().getBytes(0, bytes);
        frames.add(bytes);
        source.release(1);
      }
    }
    return frames;
  }

  private static String failure(Path file) {
    String message = assertThrows(FrameIoException.class, () -> read(file)).getMessage();
    assertTrue(message.contains(file.toString()), message);
    assertFalse(message.contains("\n"), message);
    return message;
  }

  @ParameterizedTest
  @CsvSource({"true, 1000", "true, 1", "false, 1000", "false, 1"})
  void bothByteOrdersAndResolutionsAreRead(boolean little, int nanosPerTick) throws IOException {
    ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    byte[] first = tcp(10).array();
    byte[] second = tcp(1400).array();
    Path file =
        write(capture(nanosPerTick == 1 ? NANOSECONDS : MICROSECONDS, order, first, second));
    try (CaptureFileSource source = new CaptureFileSource(file, 2)) {
      Frame frame = new Frame();
      Frame next = new Frame();
      assertTrue(source.receive(frame));
      assertTrue(source.receive(next));
      assertEquals(new UnsafeBuffer(first), frame.buffer());
      assertEquals(new UnsafeBuffer(second), next.buffer());
      assertEquals(0, frame.timeNs());
      assertEquals(1_000_000_000L + nanosPerTick, next.timeNs());
      assertFalse(source.receive(frame));
      assertFalse(source.receive(frame));
      assertEquals(Files.size(file), source.bytesRead());
      assertEquals(0, source.truncated());
    }
  }

  @Test
  void timeAfter2038IsRead() throws IOException {
    ByteBuffer content = capture(NANOSECONDS, ByteOrder.LITTLE_ENDIAN, tcp(1).array());
    content.putInt(24, (int) 4_000_000_000L);
    try (CaptureFileSource source = new CaptureFileSource(write(content), 1)) {
      Frame frame = new Frame();
      assertTrue(source.receive(frame));
      assertEquals(4_000_000_000_000_000_000L, frame.timeNs());
    }
  }

  @Test
  void framesBeyondTheBufferOfTheReaderAreWhole() throws IOException {
    Path file = directory.resolve("large.pcap");
    byte[][] frames = new byte[40][];
    try (CaptureFileSink sink = new CaptureFileSink(file)) {
      for (int i = 0; i < frames.length; i++) {
        frames[i] = tcp(65_000 - i).array();
        sink.send(FrameBuilder.frame(new UnsafeBuffer(frames[i])));
      }
    }
    List<byte[]> read = read(file);
    assertEquals(frames.length, read.size());
    for (int i = 0; i < frames.length; i++) {
      assertArrayEquals(frames[i], read.get(i));
    }
  }

  @Test
  void frameCutBySnapLengthIsCountedAndDelivered() throws IOException {
    ByteBuffer content = capture(MICROSECONDS, ByteOrder.BIG_ENDIAN, tcp(100).array());
    content.putInt(24 + 12, 1514);
    try (CaptureFileSource source = new CaptureFileSource(write(content), 1)) {
      assertTrue(source.receive(new Frame()));
      assertEquals(1, source.truncated());
    }
  }

  @Test
  void partialChecksumIsMarkedAndAFullOneIsNot() throws IOException {
    byte[] partial = tcp(100).partialChecksum().array();
    Path file = write(capture(MICROSECONDS, ByteOrder.BIG_ENDIAN, partial, tcp(100).array()));
    try (CaptureFileSource source = new CaptureFileSource(file, 2)) {
      Frame frame = new Frame();
      assertTrue(source.receive(frame));
      assertEquals(34, frame.checksumStart());
      assertEquals(16, frame.checksumOffset());
      assertTrue(source.receive(frame));
      assertFalse(frame.isChecksumPartial());
    }
  }

  @Test
  void framesThatAreOutDoNotShareMemory() throws IOException {
    byte[] bytes = tcp(10).array();
    Path file = write(capture(MICROSECONDS, ByteOrder.BIG_ENDIAN, bytes, bytes, bytes));
    try (CaptureFileSource source = new CaptureFileSource(file, 2)) {
      Frame first = new Frame();
      Frame second = new Frame();
      source.receive(first);
      source.receive(second);
      first.buffer().setMemory(0, first.length(), (byte) 0);
      assertEquals(new UnsafeBuffer(bytes), second.buffer());
      source.release(1);
      source.receive(first);
      assertEquals(new UnsafeBuffer(bytes), first.buffer());
      assertEquals(new UnsafeBuffer(bytes), second.buffer());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 4, 23})
  void fileThatEndsInItsHeaderIsRefused(int length) throws IOException {
    failure(write(capture(MICROSECONDS, ByteOrder.BIG_ENDIAN).limit(length)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 50})
  void fileThatEndsInARecordSaysWhere(int length) throws IOException {
    byte[] bytes = tcp(10).array();
    ByteBuffer content = capture(MICROSECONDS, ByteOrder.BIG_ENDIAN, bytes, bytes);
    int secondRecord = 24 + 16 + bytes.length;
    Path file = write(content.limit(secondRecord + length));
    assertTrue(failure(file).contains("byte " + secondRecord + ":"));
  }

  @Test
  void recordOfImpossibleLengthSaysWhere() throws IOException {
    ByteBuffer content = capture(MICROSECONDS, ByteOrder.BIG_ENDIAN, tcp(10).array());
    content.putInt(24 + 8, -1);
    assertTrue(failure(write(content)).contains("byte 24: a record of 4294967295 bytes"));
  }

  @Test
  void otherLinkTypeForeignMissingAndUnreadableFilesAreRefused() throws IOException {
    ByteBuffer content = capture(MICROSECONDS, ByteOrder.BIG_ENDIAN);
    content.putInt(20, 113);
    assertTrue(
        failure(write(content))
            .endsWith(": link type 113 (Linux cooked) is not Ethernet; capture on one interface"));
    assertTrue(
        failure(write(ByteBuffer.allocate(30).putInt(0x1F8B0800)))
            .endsWith("is compressed; gunzip it first"));
    Path text = Files.writeString(directory.resolve("text"), "[frontends.web]\n");
    assertTrue(failure(text).contains("is not a capture file"));
    assertTrue(failure(directory.resolve("absent")).endsWith("no such file or directory"));
    assertTrue(failure(directory).endsWith("must be a regular file"));
    assertTrue(failure(Path.of("/dev/zero")).endsWith("must be a regular file"));
  }

  @Test
  void writtenFileIsReadBackWithTimesAndCompletedChecksums() throws IOException {
    Path file = directory.resolve("out.pcap");
    Frame frame = tcp(101).partialChecksum().frame();
    frame.timeNs(1_700_000_000_123_456_789L);
    byte[] before = tcp(101).partialChecksum().array();
    try (CaptureFileSink sink = new CaptureFileSink(file)) {
      sink.send(frame);
      sink.flush();
      assertEquals(1, sink.sent());
      assertEquals(0, sink.failed());
    }
    assertEquals(new UnsafeBuffer(before), frame.buffer(), "the frame itself stays as it is");
    assertArrayEquals(tcp(101).array(), read(file).getFirst());
    try (CaptureFileSource source = new CaptureFileSource(file, 1)) {
      source.receive(frame);
      assertEquals(1_700_000_000_123_456_789L, frame.timeNs());
    }
  }

  @Test
  void writtenBytesAreThoseOfTheFormat() throws IOException {
    Path file = directory.resolve("out.pcap");
    byte[] bytes = tcp(5).array();
    Frame frame = FrameBuilder.frame(new UnsafeBuffer(bytes));
    frame.timeNs(7_000_000_009L);
    try (CaptureFileSink sink = new CaptureFileSink(file)) {
      sink.send(frame);
    }
    ByteBuffer expected = capture(NANOSECONDS, ByteOrder.LITTLE_ENDIAN, bytes);
    expected.putInt(16, 262_144).putInt(24, 7).putInt(28, 9);
    assertArrayEquals(Arrays.copyOf(expected.array(), expected.limit()), Files.readAllBytes(file));
  }

  @Test
  void fileThatCannotBeWrittenIsNamed() {
    Path file = directory.resolve("absent").resolve("out.pcap");
    String message =
        assertThrows(FrameIoException.class, () -> new CaptureFileSink(file)).getMessage();
    assertEquals("cannot write " + file + ": no such file or directory", message);
    String full =
        assertThrows(
                FrameIoException.class,
                () -> {
                  try (CaptureFileSink sink = new CaptureFileSink(Path.of("/dev/full"))) {
                    sink.send(tcp(1).frame());
                  }
                })
            .getMessage();
    assertEquals("cannot write /dev/full: No space left on device", full);
  }

  @Test
  void whatCouldNotBeWrittenHasFailedAndIsNotSent() {
    CaptureFileSink sink = new CaptureFileSink(Path.of("/dev/full"));
    sink.send(tcp(1).frame());
    assertEquals(0, sink.sent());
    sink.flush();
    sink.send(tcp(1).frame());
    sink.flush();
    assertEquals(0, sink.sent());
    assertEquals(2, sink.failed());
    assertThrows(FrameIoException.class, sink::close);
    sink.close();
  }

  @Test
  void anyDamageOfAFileIsAnErrorOrAnEndButNeverAnotherException() throws IOException {
    Random random = new Random(4);
    byte[] bytes = tcp(10).array();
    Headers headers = new Headers();
    for (int i = 0; i < 300; i++) {
      ByteBuffer content = capture(MICROSECONDS, ByteOrder.LITTLE_ENDIAN, bytes, bytes);
      for (int mutations = random.nextInt(4); mutations >= 0; mutations--) {
        int at = random.nextInt(content.limit());
        content.put(at, (byte) random.nextInt());
      }
      Path file = write(content.limit(random.nextInt(content.limit() + 1)));
      try {
        read(file).forEach(frame -> headers.parse(new UnsafeBuffer(frame)));
      } catch (FrameIoException e) {
        assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
      }
    }
  }
}
