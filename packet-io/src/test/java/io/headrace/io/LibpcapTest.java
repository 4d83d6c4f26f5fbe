package io.headrace.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.packet.FrameBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What needs libpcap, and what a machine without it is told. */
class LibpcapTest {
  @TempDir private Path directory;

  /** A pcapng file: section header, interface in nanoseconds, one enhanced packet, maybe cut. */
  private Path pcapng(int linkType, byte[] frame, int cut) throws IOException {
    int padded = frame.length + 3 & ~3;
    ByteBuffer file = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0x0A0D0D0A).putInt(28).putInt(0x1A2B3C4D).putInt(1).putLong(-1).putInt(28);
    file.putInt(1).putInt(32).putInt(linkType).putInt(65535);
    file.putShort((short) 9).putShort((short) 1).putInt(9).putInt(0).putInt(32);
    long time = 1_700_000_000_123_456_789L;
    file.putInt(6).putInt(32 + padded).putInt(0).putInt((int) (time >>> 32)).putInt((int) time);
    file.putInt(frame.length).putInt(frame.length).put(frame).position(60 + 28 + padded);
    file.putInt(32 + padded);
    Path path = directory.resolve("in.pcapng");
    return Files.write(path, Arrays.copyOf(file.array(), file.position() - cut));
  }

  private static byte[] frame() {
    return FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2).payload(new byte[3]).array();
  }

  @Test
  @Tag("network")
  void pcapngIsReadToTheNanosecond() throws IOException {
    LibpcapRequirement.check();
    try (CaptureFileSource source = new CaptureFileSource(pcapng(1, frame(), 0), 1)) {
      Frame frame = new Frame();
      assertTrue(source.receive(frame));
      assertEquals(new UnsafeBuffer(frame()), frame.buffer());
      assertEquals(1_700_000_000_123_456_789L, frame.timeNs());
      assertFalse(source.receive(frame));
    }
  }

  @Test
  @Tag("network")
  void pcapngOfAnotherLinkTypeOrCutIsRefused() throws IOException {
    LibpcapRequirement.check();
    Path other = pcapng(113, frame(), 0);
    String message =
        assertThrows(FrameIoException.class, () -> new CaptureFileSource(other, 1)).getMessage();
    assertEquals(
        other + ": link type 113 (Linux cooked) is not Ethernet; capture on one interface",
        message);

    try (CaptureFileSource source = new CaptureFileSource(pcapng(1, frame(), 9), 1)) {
      message =
          assertThrows(FrameIoException.class, () -> source.receive(new Frame())).getMessage();
      assertTrue(message.startsWith("cannot read the rest of " + other + ": "), message);
    }
  }

  @Test
  void withoutLibpcapAPcapFileIsReadAndTheRestSaysWhatToInstall() throws Exception {
    Path pcap = directory.resolve("in.pcap");
    try (CaptureFileSink sink = new CaptureFileSink(pcap)) {
      sink.send(FrameBuilder.frame(new UnsafeBuffer(frame())));
    }
    Path pcapng = pcapng(1, frame(), 0);
    assertEquals(
        List.of(
            "1 frames",
            "cannot read " + pcapng + ": pcapng needs libpcap (Debian: apt install libpcap0.8)",
            "io = \"pcap\" needs libpcap, which is not installed (Debian: apt install libpcap0.8)",
            "io = \"pcap\" needs libpcap, which is not installed (Debian: apt install libpcap0.8)"),
        runWithoutLibpcap(pcap.toString(), pcapng.toString()));
  }

  private static List<String> runWithoutLibpcap(String... files) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.pcap4j.core.pcapLibName=absent",
                "-cp",
                System.getProperty("java.class.path"),
                LibpcapTest.class.getName()));
    command.addAll(List.of(files));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    List<String> lines = new String(process.getInputStream().readAllBytes()).lines().toList();
    assertEquals(0, process.waitFor(), () -> String.join("\n", lines));
    return lines;
  }

  /** What {@link #runWithoutLibpcap} runs: reads the files, then opens an interface both ways. */
  public static void main(String[] files) {
    for (String file : files) {
      report(
          () -> {
            try (CaptureFileSource source = new CaptureFileSource(Path.of(file), 1)) {
              int frames = 0;
              while (source.receive(new Frame())) {
                frames++;
              }
              System.out.println(frames + " frames");
            }
          });
    }
    report(() -> new PcapSource("lo", 1).close());
    report(() -> new PcapSink("lo", 1500).close());
  }

  private static void report(Runnable task) {
    try {
      task.run();
    } catch (FrameIoException e) {
      System.out.println(e.getMessage());
    }
  }
}
