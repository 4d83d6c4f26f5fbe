package io.headrace.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Handmade frames arrive as they were sent. */
class PacketSocketsTest extends VethPair {
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
  void framesThatThisMachineSendsAreNotSeen() throws Exception {
    try (PacketSource own = near.call(() -> new PacketSource("n0", 1))) {
      send(HandmadeFrame.plain(60, 1));
      receive();
      assertFalse(own.receive(frame));
    }
  }

  @Test
  void aFilterTakesWhatHasBothEndsAmongItsAddresses() throws Exception {
    List<InetAddress> ours =
        addresses("192.0.2.1", "192.0.2.100", "2001:db8::1", "2001:db8::1:0:0:100");
    List<InetAddress> others = addresses("192.0.2.101", "2001:db8::1:0:0:101", "2001:db9::1");
    source.filter(Set.copyOf(ours));
    for (List<InetAddress> from : List.of(ours, others)) {
      for (List<InetAddress> to : List.of(others, ours)) {
        from.forEach(
            source ->
                to.stream()
                    .filter(each -> each.getClass() == source.getClass())
                    .forEach(each -> send(packet(source, each))));
      }
    }
    send(HandmadeFrame.plain(60, 1));
    // Every pair of the same family, each with itself too.
    for (int i = 0; i < 2 * 2 * 2; i++) {
      receive();
      source.release(1);
    }
    assertFalse(poller.await(SECOND / 10));
  }

  private static List<InetAddress> addresses(String... literals) {
    return Stream.of(literals).map(InetAddress::ofLiteral).toList();
  }

  private static Frame packet(InetAddress from, InetAddress to) {
    Frame packet = HandmadeFrame.plain(80, 1);
    int length = from.getAddress().length;
    int type = from instanceof Inet4Address ? 0x0800 : 0x86DD;
    int at = from instanceof Inet4Address ? 26 : 22;
    packet.buffer().putShort(12, (short) type, ByteOrder.BIG_ENDIAN);
    packet.buffer().putBytes(at, from.getAddress());
    packet.buffer().putBytes(at + length, to.getAddress());
    return packet;
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
        assertTrue(poller.await(30 * SECOND), "a frame got lost");
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
}
