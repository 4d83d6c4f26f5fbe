package io.headrace.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.packet.Checksums;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Frames over a veth pair: what one end sends through pcap, the other receives through pcap. */
@Tag("network")
@Timeout(60)
class PcapInterfaceTest {
  private static final int MTU = 1500;

  private NetworkNamespace near;
  private NetworkNamespace far;

  @BeforeEach
  void connect() throws Exception {
    LibpcapRequirement.check();
    near = NetworkNamespace.create("near");
    far = NetworkNamespace.create("far");
    NetworkNamespace.link(near, "n0", far, "f0");
  }

  @AfterEach
  void removeAll() throws Exception {
    for (NetworkNamespace namespace : new NetworkNamespace[] {near, far}) {
      if (namespace != null) {
        namespace.delete();
      }
    }
  }

  private static FrameBuilder tcp(int payload) {
    return FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2).payload(FrameBuilder.bytes(payload));
  }

  private PcapSource source(int capacity) throws Exception {
    return far.call(() -> new PcapSource("f0", capacity));
  }

  private PcapSink sink() throws Exception {
    return near.call(() -> new PcapSink("n0", MTU));
  }

  /** Waits for a frame, up to five seconds. */
  private static boolean await(FrameSource source, Frame frame) {
    for (int i = 0; i < 5000; i++) {
      if (source.receive(frame)) {
        return true;
      }
      LockSupport.parkNanos(1_000_000);
    }
    return false;
  }

  @Test
  void framesArriveInOrderAsTheyWere() throws Exception {
    try (PcapSource source = source(4);
        PcapSink sink = sink()) {
      for (int i = 0; i < 200; i++) {
        sink.send(tcp(i * 7).vlans(i + 1).frame());
      }
      sink.flush();
      assertEquals(200, sink.sent());
      Frame frame = new Frame();
      for (int i = 0; i < 200; i++) {
        assertTrue(await(source, frame));
        assertEquals(tcp(i * 7).vlans(i + 1).buffer(), frame.buffer());
        long age = System.currentTimeMillis() * 1_000_000 - frame.timeNs();
        assertTrue(Math.abs(age) < 60_000_000_000L, "age in ns: " + age);
        source.release(1);
      }
      assertFalse(source.receive(frame));
      assertEquals(0, source.missed());
      assertTrue(source.descriptor() >= 0);
    }
  }

  @Test
  void framesThatGoOutAreNotReceived() throws Exception {
    try (PcapSource source = near.call(() -> new PcapSource("n0", 4));
        PcapSource other = source(4);
        PcapSink sink = sink()) {
      sink.send(tcp(1).frame());
      assertTrue(await(other, new Frame()));
      assertFalse(source.receive(new Frame()));
    }
  }

  @Test
  void partialChecksumIsCompletedOnTheWireAndNotInTheFrame() throws Exception {
    try (PcapSource source = source(4);
        PcapSink sink = sink()) {
      Frame frame = tcp(100).partialChecksum().frame();
      sink.send(frame);
      assertEquals(tcp(100).partialChecksum().buffer(), frame.buffer());
      Frame received = new Frame();
      assertTrue(await(source, received));
      assertEquals(tcp(100).buffer(), received.buffer());
      assertFalse(received.isChecksumPartial());
    }
  }

  @Test
  void superFrameIsCutToTheInterface() throws Exception {
    assertIsCut(65_000, 0xFFFF, MTU);
  }

  @Test
  void superFrameIsCutToWhatTheEndsOfTheConnectionTake() throws Exception {
    assertIsCut(65_000, 1400, 1400);
    assertIsCut(1460, 576, 576);
    assertIsCut(65_000, 9000, MTU);
  }

  /** Every packet but the last is as long as it may be, and the payload is what it was. */
  private void assertIsCut(int payload, int packetLimit, int expected) throws Exception {
    try (PcapSource source = source(64);
        PcapSink sink = sink()) {
      Frame superFrame = tcp(payload).tcpOptions(new byte[12]).partialChecksum().frame();
      superFrame.packetLimit(packetLimit);
      sink.send(superFrame);
      assertEquals(1, sink.sent());
      ByteArrayOutputStream received = new ByteArrayOutputStream();
      Frame frame = new Frame();
      Headers headers = new Headers();
      while (received.size() < payload) {
        assertTrue(await(source, frame));
        assertEquals(Parse.FLOW, headers.parse(frame.buffer()));
        assertTrue(Checksums.transportValid(frame.buffer(), headers));
        byte[] part = new byte[headers.payloadLength()];
        frame.buffer().getBytes(headers.payloadOffset(), part);
        received.writeBytes(part);
        assertTrue(received.size() == payload || headers.packetLength() == expected);
        assertTrue(headers.packetLength() <= expected);
        source.release(1);
      }
      assertArrayEquals(FrameBuilder.bytes(payload), received.toByteArray());
    }
  }

  @Test
  void datagramsOfASuperFrameAreThoseOfTheSender() throws Exception {
    try (PcapSource source = source(64);
        PcapSink sink = sink()) {
      Frame frame =
          FrameBuilder.udp("10.0.0.1", 1, "10.0.0.2", 2)
              .payload(FrameBuilder.bytes(1000))
              .partialChecksum()
              .frame();
      frame.gso(5, 400);
      sink.send(frame);
      Headers headers = new Headers();
      for (int length : new int[] {400, 400, 200}) {
        assertTrue(await(source, frame));
        headers.parse(frame.buffer());
        assertEquals(length, headers.payloadLength());
      }
    }
  }

  @Test
  void frameThatIsTooBigIsCountedAndTheNextOneGoes() throws Exception {
    try (PcapSource source = source(4);
        PcapSink sink = sink()) {
      sink.send(FrameBuilder.udp("10.0.0.1", 1, "10.0.0.2", 2).payload(new byte[4000]).frame());
      assertEquals(1, sink.failed());
      assertEquals(0, sink.sent());
      sink.send(tcp(1).frame());
      assertEquals(1, sink.sent());
      assertTrue(await(source, new Frame()));
    }
  }

  /** Far more than a socket holds by default, and never a wait for the queue to drain. */
  @Test
  void whenTheSendBufferIsFullFramesAreCountedAndNotWaitedFor() throws Exception {
    near.exec(
        "tc", "qdisc", "add", "dev", "n0", "root", "tbf", "rate", "64kbit", "burst", "4kb", "limit",
        "64mb");
    try (PcapSink sink = sink()) {
      Frame frame = tcp(65_000).frame();
      FutureTask<Void> sending =
          near.start(
              () -> {
                for (int i = 0; i < 500; i++) {
                  sink.send(frame);
                  sink.flush();
                }
                return null;
              });
      try {
        sending.get(30, TimeUnit.SECONDS);
      } finally {
        near.exec("tc", "qdisc", "del", "dev", "n0", "root");
        sending.get();
      }
      assertTrue(sink.sent() > 50, "sent: " + sink.sent());
      assertTrue(sink.failed() > 100, "failed: " + sink.failed());
      assertEquals(500, sink.sent() + sink.failed());
    }
  }

  @Test
  void linkThatGoesDownAndComesBackCarriesFramesAgain() throws Exception {
    try (PcapSource source = source(4);
        PcapSink sink = sink()) {
      Frame frame = new Frame();
      sink.send(tcp(1).frame());
      assertTrue(await(source, frame));
      for (int i = 0; i < 2; i++) {
        far.exec("ip", "link", "set", "f0", "down");
        near.exec("ip", "link", "set", "n0", "down");
        long failed = sink.failed();
        sink.send(tcp(2).frame());
        assertEquals(failed + 1, sink.failed());
        for (int j = 0; j < 100; j++) {
          assertFalse(source.receive(frame));
        }
        far.exec("ip", "link", "set", "f0", "up");
        near.exec("ip", "link", "set", "n0", "up");
        boolean received = false;
        for (int j = 0; j < 50 && !received; j++) {
          // The kernel takes up to a second to see the carrier, and drops until then.
          sink.send(tcp(3 + i).frame());
          LockSupport.parkNanos(100_000_000);
          received = source.receive(frame);
        }
        assertTrue(received, "errors: " + source.errors());
        assertEquals(tcp(3 + i).buffer(), frame.buffer());
        while (source.receive(frame)) {}
      }
    }
  }

  @Test
  void interfaceThatIsRemovedIsCountedAndNeverThrown() throws Exception {
    try (PcapSource source = source(4);
        PcapSink sink = sink()) {
      near.exec("ip", "link", "delete", "n0");
      Frame frame = new Frame();
      for (int i = 0; i < 10; i++) {
        assertFalse(source.receive(frame));
        sink.send(tcp(1).frame());
      }
      assertEquals(10, sink.failed());
      assertTrue(source.errors() > 0);
    }
  }

  @Test
  void framesThatNobodyTakesAreMissed() throws Exception {
    try (PcapSource source = source(4);
        PcapSink sink = sink()) {
      Frame frame = tcp(1).frame();
      for (int i = 0; i < 3000; i++) {
        sink.send(frame);
      }
      assertTrue(source.missed() > 0, "missed: " + source.missed());
      assertTrue(await(source, frame));
    }
  }

  @Test
  void nothingIsAllocatedPerFrame() throws Exception {
    try (PcapSource source = source(64);
        PcapSink sink = sink()) {
      Frame partial = tcp(100).partialChecksum().frame();
      Frame large = tcp(5000).partialChecksum().frame();
      Frame received = new Frame();
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long allocated = Long.MAX_VALUE;
      // Calls of C functions make objects until they are compiled, which may take a busy machine
      // long.
      for (int round = 0; round < 200 && allocated >= 2000; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 2000; i++) {
          sink.send(i % 4 == 0 ? large : partial);
          while (source.receive(received)) {
            source.release(1);
          }
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertTrue(allocated < 2000, "bytes allocated for 2000 frames: " + allocated);
    }
  }

  @Test
  void missingInterfaceIsOneClearLine() {
    for (var open :
        new org.junit.jupiter.api.function.Executable[] {
          () -> far.call(() -> new PcapSource("nosuch0", 4)),
          () -> far.call(() -> new PcapSink("nosuch0", MTU))
        }) {
      Throwable cause = assertThrows(Exception.class, open).getCause();
      assertEquals("interface nosuch0 does not exist", cause.getMessage());
    }
  }

  @Test
  void missingPrivilegeIsOneClearLine() {
    Throwable cause =
        assertThrows(
                Exception.class,
                () ->
                    far.call(
                        () -> {
                          NetworkNamespace.dropCapabilities();
                          return new PcapSource("f0", 4);
                        }))
            .getCause();
    assertEquals(
        "capturing on interface f0 needs the capability CAP_NET_RAW: run as root, or grant it",
        cause.getMessage());
  }

  @Test
  void interfaceThatIsNotEthernetIsRefused() throws Exception {
    far.exec("ip", "tuntap", "add", "dev", "tun0", "mode", "tun");
    far.exec("ip", "link", "set", "tun0", "up");
    Throwable cause =
        assertThrows(Exception.class, () -> far.call(() -> new PcapSource("tun0", 4))).getCause();
    assertTrue(cause.getMessage().contains("not Ethernet"), cause.getMessage());
  }
}
