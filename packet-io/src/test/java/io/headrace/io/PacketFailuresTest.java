package io.headrace.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What cannot be carried is counted, and the rest goes on. */
class PacketFailuresTest extends VethPair {
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
  void framesThatFindTheDeviceQueueFullAreCountedAndTheFlowRecovers() throws Exception {
    near.exec(
        "tc", "qdisc", "add", "dev", "n0", "root", "tbf", "rate", "8kbit", "burst", "2000", "limit",
        "3000");
    int frames = 20;
    for (int i = 0; i < frames; i++) {
      sink.send(HandmadeFrame.plain(1000, i));
    }
    sink.flush();
    assertTrue(sink.sent() > 0);
    assertEquals(Map.of("ENOBUFS", frames - sink.sent()), sink.failures());
    near.exec("tc", "qdisc", "delete", "dev", "n0", "root");
    send(HandmadeFrame.plain(60, 1));
    do {
      receive();
    } while (frame.length() != 60);
  }

  @Test
  void anInterfaceThatIsGoneFailsFramesAndNothingElse() throws Exception {
    near.exec("ip", "link", "delete", "n0");
    send(HandmadeFrame.plain(60, 1));
    assertEquals(Map.of("ENXIO", 1L), sink.failures());
    assertTrue(poller.await(SECOND));
    assertFalse(poller.await(SECOND / 100));
    assertFalse(source.receive(frame));
    assertEquals(0, source.missed());
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
}
