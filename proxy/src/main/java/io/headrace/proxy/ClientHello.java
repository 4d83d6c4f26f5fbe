package io.headrace.proxy;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The server name that a TLS client asks for in its first message, in the clear; nothing is
 * decrypted, and nothing is answered.
 *
 * <p>Source: RFC 8446, sections 4.1.2 and 5.1; RFC 6066, section 3.
 */
final class ClientHello {
  /** A longer beginning is not waited for. */
  static final int LONGEST = 16 << 10;

  private static final int RECORD_HEAD = 5;
  private static final int HANDSHAKE_RECORD = 22;
  private static final int MAJOR_VERSION = 3;
  private static final int LONGEST_RECORD = 1 << 14;
  private static final int MESSAGE_HEAD = 4;
  private static final int CLIENT_HELLO = 1;
  private static final int VERSION_AND_RANDOM = 34;
  private static final int SERVER_NAME = 0;
  private static final int HOST_NAME = 0;

  /** RFC 1035, section 2.3.4. */
  private static final int LONGEST_NAME = 255;

  private static final Pattern NAME = Pattern.compile("[a-z0-9_-]++(?:\\.[a-z0-9_-]++)*+");

  private ClientHello() {}

  /** What the beginning of a connection is. */
  sealed interface Result {}

  /** More has to come before it can be told. */
  record Incomplete() implements Result {}

  /** No name: none is asked for, or it is not TLS. */
  record Unnamed() implements Result {}

  /**
   * A client that asks for a name.
   *
   * @param name in lower case
   */
  record Named(String name) implements Result {}

  /** Looks at the beginning of a connection; the buffer stays as it is. */
  static Result read(ByteBuf data) {
    byte[] message = new byte[Math.min(data.readableBytes(), LONGEST)];
    int length = 0;
    int at = data.readerIndex();
    int end = data.writerIndex();
    int needed = MESSAGE_HEAD;
    while (length < needed) {
      if (at < end && data.getUnsignedByte(at) != HANDSHAKE_RECORD
          || at + 1 < end && data.getUnsignedByte(at + 1) != MAJOR_VERSION) {
        return new Unnamed();
      }
      if (end - at < RECORD_HEAD) {
        return incomplete(data);
      }
      int record = data.getUnsignedShort(at + 3);
      if (record == 0 || record > LONGEST_RECORD) {
        return new Unnamed();
      }
      at += RECORD_HEAD;
      int there = Math.min(Math.min(record, end - at), message.length - length);
      data.getBytes(at, message, length, there);
      length += there;
      if (length >= MESSAGE_HEAD && needed == MESSAGE_HEAD) {
        needed += (message[1] & 0xff) << 16 | (message[2] & 0xff) << 8 | message[3] & 0xff;
        if (message[0] != CLIENT_HELLO || needed > LONGEST) {
          return new Unnamed();
        }
      }
      if (length < needed && there < record) {
        return incomplete(data);
      }
      at += there;
    }
    return new Fields(message, MESSAGE_HEAD, needed).serverName();
  }

  private static Result incomplete(ByteBuf data) {
    return data.readableBytes() < LONGEST ? new Incomplete() : new Unnamed();
  }

  /** Reads the fields of a message one after the other; beyond the end there is nothing. */
  private static final class Fields {
    private final byte[] bytes;
    private final int end;
    private int at;

    Fields(byte[] bytes, int from, int end) {
      this.bytes = bytes;
      this.at = from;
      this.end = end;
    }

    Result serverName() {
      skip(VERSION_AND_RANDOM);
      skip(number(1)); // session
      skip(number(2)); // cipher suites
      skip(number(1)); // compression
      int extensionsEnd = Math.min(end, number(2) + at);
      while (at < extensionsEnd) {
        int type = number(2);
        int length = number(2);
        if (type == SERVER_NAME && at <= extensionsEnd - length) {
          return hostName();
        }
        skip(length);
      }
      return new Unnamed();
    }

    private Result hostName() {
      number(2); // of the list, which has one entry of this kind
      int kind = number(1);
      int length = number(2);
      if (kind != HOST_NAME || length > LONGEST_NAME || length > end - at) {
        return new Unnamed();
      }
      String name =
          new String(bytes, at, length, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
      return NAME.matcher(name).matches() ? new Named(name) : new Unnamed();
    }

    private void skip(int length) {
      at = Math.min(end, at + length);
    }

    private int number(int width) {
      int value = 0;
      for (int i = 0; i < width; i++) {
        value = value << 8 | (at < end ? bytes[at++] & 0xff : 0);
      }
      return value;
    }
  }
}
