package io.headrace.io;

import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;

/** Frames made by hand, in memory of their own, with headroom before them. */
final class HandmadeFrame {
  static final int ETHERNET_LENGTH = 14;
  static final int TCP_AT = ETHERNET_LENGTH + 20;
  static final int TCP_CHECKSUM = 16;
  static final int TAG_LENGTH = 4;
  static final int GSO_TCPV4 = 1;
  static final int GSO_TCPV6 = 4;

  private static final int HEADROOM = 64;

  private HandmadeFrame() {}

  /** An Ethernet frame of the experimental type 0x88B5 with a random payload. */
  static Frame plain(int length, long seed) {
    Frame frame = zeroed(length);
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    frame.buffer().putBytes(0, bytes);
    frame.buffer().putShort(12, (short) 0x88B5, ByteOrder.BIG_ENDIAN);
    return frame;
  }

  /** A TCP segment, or a super-frame of many, whose checksum is partial. */
  static Frame tcp(int length, int gsoSize) {
    Frame frame = zeroed(length);
    UnsafeBuffer buffer = frame.buffer();
    put16(buffer, 12, 0x0800);
    put16(buffer, ETHERNET_LENGTH, 0x4500);
    put16(buffer, ETHERNET_LENGTH + 2, length - ETHERNET_LENGTH);
    put16(buffer, ETHERNET_LENGTH + 8, 64 << 8 | 6);
    buffer.putByte(TCP_AT + 12, (byte) 0x50);
    frame.partialChecksum(TCP_AT, TCP_CHECKSUM);
    frame.gso(gsoSize == 0 ? 0 : GSO_TCPV4, gsoSize);
    return frame;
  }

  /** A super-frame that only IPv6 can carry (RFC 2675 jumbograms without the option, BIG TCP). */
  static Frame bigTcp(int length, int gsoSize) {
    Frame frame = zeroed(length);
    UnsafeBuffer buffer = frame.buffer();
    put16(buffer, 12, 0x86dd);
    put16(buffer, ETHERNET_LENGTH, 0x6000);
    put16(buffer, ETHERNET_LENGTH + 6, 6 << 8 | 64);
    int tcp = ETHERNET_LENGTH + 40;
    buffer.putByte(tcp + 12, (byte) 0x50);
    frame.partialChecksum(tcp, TCP_CHECKSUM);
    frame.gso(GSO_TCPV6, gsoSize);
    return frame;
  }

  /** Puts a VLAN tag into a frame, in the headroom that it has. */
  static void pushTag(Frame frame, int type, int tci) {
    long address = frame.buffer().addressOffset() - TAG_LENGTH;
    byte[] addresses = new byte[12];
    frame.buffer().getBytes(0, addresses);
    move(frame, address, frame.length() + TAG_LENGTH, TAG_LENGTH);
    frame.buffer().putBytes(0, addresses);
    put16(frame.buffer(), 12, type);
    put16(frame.buffer(), 14, tci);
  }

  /** Takes the outer VLAN tag off. */
  static void popTag(Frame frame) {
    long address = frame.buffer().addressOffset() + TAG_LENGTH;
    byte[] addresses = new byte[12];
    frame.buffer().getBytes(0, addresses);
    move(frame, address, frame.length() - TAG_LENGTH, -TAG_LENGTH);
    frame.buffer().putBytes(0, addresses);
  }

  private static void move(Frame frame, long address, int length, int shift) {
    int start = frame.checksumStart();
    int offset = frame.checksumOffset();
    int gsoType = frame.gsoType();
    int gsoSize = frame.gsoSize();
    frame.wrap(address, length);
    frame.partialChecksum(start == 0 ? 0 : start + shift, offset);
    frame.gso(gsoType, gsoSize);
  }

  static byte[] bytes(Frame frame) {
    byte[] bytes = new byte[frame.length()];
    frame.buffer().getBytes(0, bytes);
    return bytes;
  }

  private static Frame zeroed(int length) {
    // Never freed, for a frame does not keep its memory alive.
    long address = Arena.global().allocate(HEADROOM + length).address();
    Frame frame = new Frame();
    frame.wrap(address + HEADROOM, length);
    return frame;
  }

  private static void put16(UnsafeBuffer buffer, int at, int value) {
    buffer.putShort(at, (short) value, ByteOrder.BIG_ENDIAN);
  }
}
