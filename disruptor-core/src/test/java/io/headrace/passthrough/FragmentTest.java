package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.forward.Reason;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Udp;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FragmentTest {
  private static final int DATA_AT = Ethernet.LENGTH + Ipv4.LENGTH;
  private static final int PIECE = 1480;
  private static final byte[] PAYLOAD = FrameBuilder.bytes(4000);

  private Bench bench;
  private long now = 1_000_000_000L;

  @BeforeEach
  void open() throws Exception {
    bench = new Bench("");
  }

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void theFragmentsOfADatagramGoTheSameWayAndMakeItUpAgain() throws Exception {
    List<byte[]> request = through(cut(request(7)));
    assertEquals(3, request.size());
    Headers first = headers(request.getFirst());
    for (byte[] fragment : request) {
      Headers headers = headers(fragment);
      assertTrue(Checksums.ipv4Valid(new UnsafeBuffer(fragment), Ethernet.LENGTH));
      assertEquals(first.destinationAddress(), headers.destinationAddress());
      assertEquals(63, headers.timeToLive());
      assertEquals(7, headers.identification());
    }
    assertIsWhole(request);

    byte[] answer =
        FrameBuilder.udp(dotted(first.destinationAddress()), 8080, "10.0.0.2", first.sourcePort())
            .payload(PAYLOAD)
            .identification(9)
            .array();
    List<byte[]> answers = through(cut(answer));
    assertEquals(3, answers.size());
    assertEquals("192.0.2.1", dotted(headers(answers.getLast()).destinationAddress()));
    assertEquals("10.0.0.2", dotted(headers(answers.getLast()).sourceAddress()));
    assertIsWhole(answers);
  }

  @Test
  void whatComesBeforeTheFirstIsLeftToTheKernelWhichNeverSeesThatOne() throws Exception {
    List<byte[]> fragments = cut(request(7));
    assertEquals(1, through(List.of(fragments.get(2), fragments.get(0))).size());
    assertEquals(1, bench.refused(Reason.FRAGMENT));
    assertEquals(1, through(List.of(fragments.get(1))).size());
  }

  @Test
  void fragmentsOfAnotherPacketOrOfNobodyWeKnowAreNotTaken() throws Exception {
    through(List.of(cut(request(7)).getFirst()));
    assertEquals(List.of(), through(List.of(cut(request(8)).getLast())));
    byte[] own = FrameBuilder.udp("192.0.2.1", 40_000, "10.0.0.2", 999).payload(PAYLOAD).array();
    assertEquals(List.of(), through(cut(own)));
    assertEquals(1, bench.refused(Reason.NO_SERVICE));
    assertEquals(3, bench.refused(Reason.FRAGMENT));
  }

  @Test
  void ofADatagramWhoseFragmentsOverlapNothingGoesOn() throws Exception {
    List<byte[]> fragments = cut(request(7));
    byte[] overlapping = fragments.get(1).clone();
    place(new UnsafeBuffer(overlapping), PIECE - 8, true);

    assertEquals(1, through(List.of(fragments.get(0))).size());
    assertEquals(List.of(), through(List.of(overlapping)));
    assertEquals(List.of(), through(List.of(fragments.get(1), fragments.get(2))));
    assertEquals(3, bench.refused(Reason.FRAGMENT_OVERLAP));
    assertEquals(List.of(), through(List.of(fragments.get(0))));
    assertEquals(3, through(cut(request(8))).size());
  }

  @Test
  void aPacketIsForgottenAfterHalfAMinute() throws Exception {
    List<byte[]> fragments = cut(request(7));
    through(List.of(fragments.get(0)));
    now += TimeUnit.SECONDS.toNanos(29);
    assertEquals(1, through(List.of(fragments.get(1))).size());
    now += TimeUnit.SECONDS.toNanos(2);
    assertEquals(List.of(), through(List.of(fragments.get(2))));
  }

  /**
   * So many that no packet keeps its place: what comes is forwarded or not, and memory is bounded.
   */
  @Test
  void aFloodOfFirstFragmentsCrowdsOutOthersAndNothingElse() throws Exception {
    for (int i = 0; i < 20_000; i++) {
      through(List.of(cut(request(i)).getFirst()));
    }
    assertEquals(3, through(cut(request(30_000))).size());
  }

  private static byte[] request(int identification) {
    return FrameBuilder.udp("192.0.2.1", 40_000, "10.0.0.2", 53)
        .payload(PAYLOAD)
        .identification(identification)
        .array();
  }

  private static List<byte[]> cut(byte[] frame) {
    List<byte[]> fragments = new ArrayList<>();
    int length = frame.length - DATA_AT;
    for (int offset = 0; offset < length; offset += PIECE) {
      int piece = Math.min(PIECE, length - offset);
      byte[] fragment = Arrays.copyOf(frame, DATA_AT + piece);
      System.arraycopy(frame, DATA_AT + offset, fragment, DATA_AT, piece);
      place(new UnsafeBuffer(fragment), offset, offset + piece < length);
      fragments.add(fragment);
    }
    return fragments;
  }

  /** Says in a fragment's header where it belongs. */
  private static void place(UnsafeBuffer fragment, int offset, boolean more) {
    Ipv4 ipv4 = new Ipv4();
    ipv4.wrap(fragment, Ethernet.LENGTH);
    ipv4.totalLength(fragment.capacity() - Ethernet.LENGTH);
    ipv4.fragment(offset / 8 | (more ? Ipv4.MORE_FRAGMENTS : 0));
    ipv4.checksum(Checksums.ipv4(fragment, Ethernet.LENGTH));
  }

  private static void assertIsWhole(List<byte[]> fragments) {
    byte[] whole = Arrays.copyOf(fragments.getFirst(), DATA_AT + Udp.LENGTH + PAYLOAD.length);
    for (byte[] fragment : fragments) {
      System.arraycopy(
          fragment,
          DATA_AT,
          whole,
          DATA_AT + headers(fragment).fragmentOffset(),
          fragment.length - DATA_AT);
    }
    place(new UnsafeBuffer(whole), 0, false);
    Headers headers = headers(whole);
    assertTrue(Checksums.transportValid(new UnsafeBuffer(whole), headers));
    assertArrayEquals(
        PAYLOAD,
        Arrays.copyOfRange(whole, headers.payloadOffset(), headers.payloadOffset() + 4000));
    assertEquals(
        Udp.LENGTH + 4000,
        new UnsafeBuffer(whole).getShort(DATA_AT + Udp.DATAGRAM_LENGTH, ByteOrder.BIG_ENDIAN));
  }

  private List<byte[]> through(List<byte[]> frames) throws Exception {
    for (byte[] frame : frames) {
      bench.source.give(FrameBuilder.frame(new UnsafeBuffer(frame)), now++);
    }
    return bench.run();
  }

  private static Headers headers(byte[] frame) {
    Headers headers = new Headers();
    headers.parse(new UnsafeBuffer(frame));
    return headers;
  }

  private static String dotted(int address) {
    return "%d.%d.%d.%d"
        .formatted(address >>> 24, address >>> 16 & 255, address >>> 8 & 255, address & 255);
  }
}
