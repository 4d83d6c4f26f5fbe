package io.headrace.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Handmade frames over a veth pair, from a sink on one end to a source on the other. */
@Tag("network")
@Timeout(30)
class PacketSocketsTest {
  private static final long SECOND = 1_000_000_000;

  private NetworkNamespace near;
  private NetworkNamespace far;
  private PacketSink sink;
  private PacketSource source;
  private Poller poller;
  private final Frame frame = new Frame();

  @BeforeEach
  void connect() throws Exception {
    near = NetworkNamespace.create("near");
    far = NetworkNamespace.create("far");
    NetworkNamespace.link(near, "n0", far, "f0");
    sink = near.call(() -> new PacketSink("n0"));
    source = far.call(() -> new PacketSource("f0", 1));
    poller = new Poller(source.descriptor());
  }

  @AfterEach
  void removeAll() throws Exception {
    if (sink != null) {
      sink.close();
    }
    if (source != null) {
      source.close();
    }
    for (NetworkNamespace namespace : new NetworkNamespace[] {near, far}) {
      if (namespace != null) {
        namespace.delete();
      }
    }
  }

  @Test
  void framesArriveByteForByteWithTheirTime() {
    for (int length = 14; length <= 1514; length += 75) {
      Frame sent = HandmadeFrame.plain(length, length);
      send(sent);
      receive();
      assertArrayEquals(HandmadeFrame.bytes(sent), HandmadeFrame.bytes(frame));
      assertFalse(frame.isChecksumPartial());
      assertEquals(0, frame.gsoType());
      assertEquals(System.currentTimeMillis(), frame.timeNs() / 1e6, 60_000);
      source.release(1);
    }
    assertEquals(0, source.missed());
    assertEquals(0, sink.failed());
    assertEquals(21, sink.sent());
  }

  @Test
  void aFullBatchGoesOutByItself() {
    for (int i = 0; i < 200; i++) {
      sink.send(HandmadeFrame.plain(60, i));
    }
    assertEquals(128, sink.sent());
    sink.flush();
    assertEquals(200, sink.sent());
  }

  @Test
  void superFramesKeepTheirDescription() {
    Frame sent = HandmadeFrame.tcp(65_535, 1448);
    send(sent);
    receive();
    assertArrayEquals(HandmadeFrame.bytes(sent), HandmadeFrame.bytes(frame));
    assertEquals(HandmadeFrame.GSO_TCPV4, frame.gsoType());
    assertEquals(1448, frame.gsoSize());
    assertEquals(HandmadeFrame.TCP_AT, frame.checksumStart());
    assertEquals(HandmadeFrame.TCP_CHECKSUM, frame.checksumOffset());
  }

  @Test
  void vlanTagsAreWhereTheyWereOnTheWire() {
    for (int length : new int[] {60, 1514, 65_531}) {
      Frame sent = HandmadeFrame.tcp(length, length > 1514 ? 1448 : 0);
      HandmadeFrame.pushTag(sent, 0x8100, 0x7ABC);
      send(sent);
      receive();
      assertArrayEquals(HandmadeFrame.bytes(sent), HandmadeFrame.bytes(frame));
      assertEquals(HandmadeFrame.TCP_AT + HandmadeFrame.TAG_LENGTH, frame.checksumStart());
      assertEquals(HandmadeFrame.TCP_CHECKSUM, frame.checksumOffset());
      assertEquals(sent.gsoSize(), frame.gsoSize());
      source.release(1);
    }
  }

  @Test
  void twoVlanTagsAreWhereTheyWereOnTheWire() {
    Frame sent = HandmadeFrame.tcp(200, 0);
    HandmadeFrame.pushTag(sent, 0x8100, 12);
    HandmadeFrame.pushTag(sent, 0x88A8, 34);
    send(sent);
    receive();
    assertArrayEquals(HandmadeFrame.bytes(sent), HandmadeFrame.bytes(frame));
    assertEquals(HandmadeFrame.TCP_AT + 2 * HandmadeFrame.TAG_LENGTH, frame.checksumStart());
  }

  @Test
  void theHeadroomBelongsToTheFrame() {
    send(HandmadeFrame.plain(60, 1));
    send(HandmadeFrame.plain(60, 2));
    receive();
    frame.buffer().wrap(frame.buffer().addressOffset() - 128, 128);
    frame.buffer().setMemory(0, 128, (byte) 0xff);
    source.release(1);
    receive();
    assertArrayEquals(HandmadeFrame.bytes(HandmadeFrame.plain(60, 2)), HandmadeFrame.bytes(frame));
  }

  @Test
  void anOversizedFrameIsCountedAndTheNextGoes() {
    sink.send(HandmadeFrame.plain(1514, 1));
    sink.send(HandmadeFrame.plain(3000, 2));
    sink.send(HandmadeFrame.plain(3000, 3));
    sink.send(HandmadeFrame.plain(100, 4));
    sink.flush();
    assertEquals(Map.of("EMSGSIZE", 2L), sink.failures());
    assertEquals(2, sink.failed());
    assertEquals(2, sink.sent());
    receive();
    assertEquals(1514, frame.length());
    receive();
    assertEquals(100, frame.length());
  }

  @Test
  void aWrongDescriptionIsCountedAndTheNextGoes() {
    Frame wrong = HandmadeFrame.tcp(60, 0);
    wrong.partialChecksum(59, 16);
    Frame wrongSuperFrame = HandmadeFrame.tcp(60, 1448);
    wrongSuperFrame.partialChecksum(65_000, 16);
    sink.send(wrong);
    sink.send(wrongSuperFrame);
    sink.send(HandmadeFrame.plain(100, 1));
    sink.flush();
    assertEquals(Map.of("EINVAL", 2L), sink.failures());
    receive();
    assertEquals(100, frame.length());
  }

  @Test
  void framesThatFindTheRingFullAreMissedAndTheFlowRecovers() {
    int extra = 50;
    for (int i = 0; i < source.capacity() + extra; i++) {
      send(HandmadeFrame.plain(60, i));
    }
    assertEquals(extra, source.missed());
    assertEquals(extra, source.missed());
    for (int i = 0; i < source.capacity(); i++) {
      receive();
      assertArrayEquals(
          HandmadeFrame.bytes(HandmadeFrame.plain(60, i)), HandmadeFrame.bytes(frame));
    }
    source.release(source.capacity());
    assertFalse(source.receive(frame));
    send(HandmadeFrame.plain(77, 0));
    receive();
    assertEquals(77, frame.length());
    assertEquals(extra, source.missed());
  }

  @Test
  void aFrameTooBigForItsSlotIsMissedAndThoseAroundItKeepTheirOrder() throws Exception {
    near.exec("ip", "link", "set", "n0", "gso_max_size", "200000");
    for (int round = 0; round < 3 * source.capacity(); round++) {
      send(HandmadeFrame.bigTcp(80_000, 1428));
      send(HandmadeFrame.plain(60, 2 * round));
      send(HandmadeFrame.bigTcp(80_000, 1428));
      send(HandmadeFrame.plain(60, 2 * round + 1));
      for (int i = 0; i < 2; i++) {
        receive();
        assertArrayEquals(
            HandmadeFrame.bytes(HandmadeFrame.plain(60, 2 * round + i)),
            HandmadeFrame.bytes(frame));
      }
      source.release(2);
    }
    assertEquals(6L * source.capacity(), source.missed());
  }

  @Test
  void framesThatThisMachineSendsAreNotSeen() throws Exception {
    try (PacketSource own = near.call(() -> new PacketSource("n0", 1))) {
      send(HandmadeFrame.plain(60, 1));
      receive();
      assertFalse(own.receive(frame));
    }
  }

  @Test
  void aLinkThatWentDownAndCameBackCarriesFramesAgain() throws Exception {
    for (NetworkNamespace namespace : new NetworkNamespace[] {near, far}) {
      String end = namespace == near ? "n0" : "f0";
      namespace.exec("ip", "link", "set", end, "down");
      send(HandmadeFrame.plain(60, 1));
      namespace.exec("ip", "link", "set", end, "up");
      // The kernel takes a moment to see the carrier.
      do {
        send(HandmadeFrame.plain(70, 2));
      } while (!(poller.await(SECOND / 100) && source.receive(frame)));
      assertEquals(70, frame.length());
      source.release(1);
    }
    assertEquals(1, sink.failures().get("ENETDOWN"));
  }

  @Test
  void aLinkThatWentDownEndsOneWaitAndNoMore() throws Exception {
    far.exec("ip", "link", "set", "f0", "down");
    assertTrue(poller.await(SECOND));
    assertFalse(poller.await(SECOND / 100));
  }

  @Test
  void waitingEndsWithTheFirstFrameOrWithItsTime() {
    assertFalse(poller.await(SECOND / 100));
    send(HandmadeFrame.plain(60, 1));
    assertTrue(poller.await(5 * SECOND));
    assertTrue(source.receive(frame));
    source.release(1);
    assertFalse(poller.await(0));
  }

  @Test
  void nothingIsAllocatedPerFrame() {
    Frame sent = HandmadeFrame.tcp(60, 0);
    HandmadeFrame.pushTag(sent, 0x8100, 7);
    int frames = 100_000;
    carry(frames, sent);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    carry(frames, sent);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < frames / 10, allocated + " bytes");
  }

  private void carry(int frames, Frame sent) {
    int out = 0;
    for (int carried = 0; carried < frames; carried++) {
      sink.send(sent);
      sink.flush();
      while (!source.receive(frame)) {
        poller.await(SECOND);
      }
      if (++out == source.capacity() / 2) {
        source.release(out);
        out = 0;
      }
    }
    source.release(out);
  }

  @Test
  void framesStayWholeUntilAnotherThreadReleasesThem() throws Exception {
    int frames = 200_000;
    BlockingQueue<Frame> handedOver = new ArrayBlockingQueue<>(source.capacity() / 2);
    FutureTask<Integer> releaser =
        near.start(
            () -> {
              int whole = 0;
              int last = -1;
              while (last < frames) {
                Frame next = handedOver.poll(5, TimeUnit.SECONDS);
                if (next == null) {
                  return whole;
                }
                int number = next.buffer().getInt(14);
                boolean same = next.buffer().getInt(1000) == number;
                whole += same && number > last ? 1 : 0;
                last = number;
                source.release(1);
              }
              return whole;
            });
    FutureTask<Void> sender =
        near.start(
            () -> {
              Frame numbered = HandmadeFrame.plain(1100, 1);
              for (int i = 0; i <= frames; i++) {
                numbered.buffer().putInt(14, i);
                numbered.buffer().putInt(1000, i);
                sink.send(numbered);
                sink.flush();
              }
              return null;
            });
    int received = 0;
    while (!sender.isDone() || poller.await(SECOND / 10)) {
      Frame next = new Frame();
      if (source.receive(next)) {
        received++;
        handedOver.put(next);
      }
    }
    assertEquals(received, releaser.get());
    assertEquals(frames + 1, received + source.missed());
  }

  private void send(Frame sent) {
    sink.send(sent);
    sink.flush();
  }

  private void receive() {
    while (!source.receive(frame)) {
      assertTrue(poller.await(5 * SECOND), "no frame came");
    }
  }
}
