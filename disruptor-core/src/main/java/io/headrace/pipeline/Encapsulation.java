package io.headrace.pipeline;

import io.headrace.forward.OuterHeader;
import io.headrace.forward.Slot;
import io.headrace.io.Frame;
import io.headrace.io.FrameSink;
import io.headrace.packet.Headers;
import io.headrace.packet.PartialChecksum;
import io.headrace.packet.Segmenter;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Puts outer headers before packets on their way to one sink. A kernel cannot be told of a
 * super-frame or a partial checksum behind a header that it knows nothing of: the one is cut first,
 * into memory of this class, the other completed. For the thread of the sink.
 */
final class Encapsulation {
  /** A few super-frames. */
  private static final int MEMORY = 1 << 20;

  private static final int ALIGNMENT = 64;

  private final FrameSink sink;
  private final Segmenter segmenter = new Segmenter();
  private UnsafeBuffer memory;
  private Frame[] pieces = new Frame[0];
  private int used;
  private int usedPieces;

  Encapsulation(FrameSink sink) {
    this.sink = sink;
  }

  /** Sends the slot's frame with its outer header. */
  void send(Slot slot) {
    if (slot.segmentSize() > 0) {
      sendSegments(slot);
      return;
    }
    Frame frame = slot.frame();
    Headers headers = slot.headers();
    // Without padding: behind it, nothing would tell it from the packet.
    int length = headers.networkOffset() + headers.packetLength();
    boolean partial = frame.isChecksumPartial();
    int start = frame.checksumStart();
    int offset = frame.checksumOffset();
    frame.wrap(frame.buffer().addressOffset(), length);
    if (partial) {
      PartialChecksum.complete(frame.buffer(), start, offset);
    }
    sendEncapsulated(slot, frame);
  }

  private void sendSegments(Slot slot) {
    Headers headers = slot.headers();
    int most = headers.payloadOffset() + slot.segmentSize() + Frame.HEADROOM;
    segmenter.start(
        slot.frame().buffer(), headers, slot.frame().isChecksumPartial(), slot.segmentSize());
    while (segmenter.hasNext()) {
      Frame piece = piece(most);
      long address = memory.addressOffset() + used + Frame.HEADROOM;
      piece.wrap(address, most - Frame.HEADROOM);
      piece.wrap(address, segmenter.next(piece.buffer()));
      piece.timeNs(slot.frame().timeNs());
      used += most + ALIGNMENT - 1 & -ALIGNMENT;
      sendEncapsulated(slot, piece);
    }
  }

  private Frame piece(int bytes) {
    if (memory == null) {
      memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(MEMORY, ALIGNMENT));
      pieces = new Frame[MEMORY / (ALIGNMENT * 2)];
    }
    if (used + bytes > MEMORY || usedPieces == pieces.length) {
      sink.flush();
      flushed();
    }
    Frame piece = pieces[usedPieces];
    if (piece == null) {
      piece = new Frame();
      pieces[usedPieces] = piece;
    }
    usedPieces++;
    return piece;
  }

  private void sendEncapsulated(Slot slot, Frame frame) {
    OuterHeader outer = slot.outerHeader();
    int network = slot.headers().networkOffset();
    frame.insert(network, outer.length());
    outer.write(
        frame.buffer(),
        network,
        slot.outerSourceHigh(),
        slot.outerSourceLow(),
        slot.outerDestination(),
        slot.tupleHash());
    sink.send(frame);
  }

  /** The sink has injected what it was given. */
  void flushed() {
    used = 0;
    usedPieces = 0;
  }
}
