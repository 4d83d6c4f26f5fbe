package io.headrace.proxy;

import io.headrace.config.ProxyBackendConfig.SendProxy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The PROXY protocol, versions 1 and 2: what a proxy tells a server of the connection's ends before
 * all data.
 *
 * <p>Source: <em>The PROXY protocol, versions 1 &amp; 2</em>, W. Tarreau, 2020
 * (doc/proxy-protocol.txt of HAProxy). A checksum (PP2_TYPE_CRC32C) that is wrong makes a header
 * malformed, and so does a TLV that does not end within the header; others are of no concern.
 */
final class ProxyHeader {
  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  private static final byte[] TEXT = "PROXY ".getBytes(StandardCharsets.US_ASCII);

  /** Of version 1, with its CRLF: section 2.1. */
  private static final int LONGEST_LINE = 107;

  private static final Pattern LINE =
      Pattern.compile("PROXY (TCP[46]) (\\S+) (\\S+) (0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4})");
  private static final Pattern DOTTED = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern HEX = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  private static final int FIXED = 16;
  private static final int VERSION_2 = 0x20;
  private static final int LOCAL = 0;
  private static final int PROXY = 1;
  private static final int UNSPECIFIED = 0;
  private static final int INET = 1;
  private static final int INET6 = 2;
  private static final int UNIX = 3;
  private static final int UNIX_BYTES = 216;
  private static final int STREAM = 1;
  private static final int DATAGRAM = 2;
  private static final int CRC = 3;
  private static final int TLV_HEAD = 3;

  private ProxyHeader() {}

  /** What the beginning of a connection is. */
  sealed interface Result {}

  /** More has to come before it can be told. */
  record Incomplete() implements Result {}

  /** No header, or a wrong one. */
  record Malformed() implements Result {}

  /** A header that tells no ends: those of the connection itself count. */
  record Local() implements Result {}

  /** The ends that the header tells. */
  record Ends(InetSocketAddress source, InetSocketAddress destination) implements Result {}

  /** Reads a header; the buffer is left behind it, and as it was if there is none yet. */
  static Result read(ByteBuf data) {
    if (startsAs(data, SIGNATURE)) {
      return data.readableBytes() < FIXED ? new Incomplete() : readBinary(data);
    }
    return startsAs(data, TEXT) ? readLine(data) : new Malformed();
  }

  /** Whether all bytes that are there are those of the beginning. */
  private static boolean startsAs(ByteBuf data, byte[] beginning) {
    int length = Math.min(data.readableBytes(), beginning.length);
    for (int i = 0; i < length; i++) {
      if (data.getByte(data.readerIndex() + i) != beginning[i]) {
        return false;
      }
    }
    return true;
  }

  private static Result readLine(ByteBuf data) {
    int most = Math.min(data.readableBytes(), LONGEST_LINE);
    int end = data.indexOf(data.readerIndex(), data.readerIndex() + most, (byte) '\n');
    if (end < 0) {
      return most < LONGEST_LINE ? new Incomplete() : new Malformed();
    }
    String line =
        data.toString(
            data.readerIndex(), end - data.readerIndex() + 1, StandardCharsets.ISO_8859_1);
    data.readerIndex(end + 1);
    if (!line.endsWith("\r\n")) {
      return new Malformed();
    }
    line = line.substring(0, line.length() - 2);
    if (line.equals("PROXY UNKNOWN") || line.startsWith("PROXY UNKNOWN ")) {
      return new Local();
    }
    Matcher fields = LINE.matcher(line);
    if (!fields.matches()) {
      return new Malformed();
    }
    Pattern form = fields.group(1).equals("TCP4") ? DOTTED : HEX;
    int sourcePort = Integer.parseInt(fields.group(4));
    int destinationPort = Integer.parseInt(fields.group(5));
    if (!form.matcher(fields.group(2)).matches()
        || !form.matcher(fields.group(3)).matches()
        || Math.max(sourcePort, destinationPort) > 65535) {
      return new Malformed();
    }
    try {
      return new Ends(
          new InetSocketAddress(InetAddress.ofLiteral(fields.group(2)), sourcePort),
          new InetSocketAddress(InetAddress.ofLiteral(fields.group(3)), destinationPort));
    } catch (IllegalArgumentException e) {
      return new Malformed();
    }
  }

  private static Result readBinary(ByteBuf data) {
    int start = data.readerIndex();
    int command = data.getUnsignedByte(start + 12);
    int family = data.getUnsignedByte(start + 13) >> 4;
    int transport = data.getUnsignedByte(start + 13) & 0x0f;
    int length = data.getUnsignedShort(start + 14);
    boolean known =
        (command == (VERSION_2 | LOCAL) || command == (VERSION_2 | PROXY))
            && family <= UNIX
            && transport <= DATAGRAM;
    int addresses =
        switch (family) {
          case INET -> 12;
          case INET6 -> 36;
          case UNIX -> UNIX_BYTES;
          default -> 0;
        };
    boolean local = command == (VERSION_2 | LOCAL) || family == UNSPECIFIED;
    if (!known || !local && length < addresses) {
      return new Malformed();
    }
    if (data.readableBytes() < FIXED + length) {
      return new Incomplete();
    }
    ByteBuf header = data.readSlice(FIXED + length);
    // What such a header holds beyond is skipped, whatever it is.
    if (!local && !goodTlvs(header, FIXED + addresses)) {
      return new Malformed();
    }
    if (local || transport == 0 || family == UNIX) {
      return new Local();
    }
    int bytes = family == INET ? 4 : 16;
    return new Ends(
        end(header, FIXED, bytes, FIXED + 2 * bytes),
        end(header, FIXED + bytes, bytes, FIXED + 2 * bytes + 2));
  }

  private static InetSocketAddress end(ByteBuf header, int at, int bytes, int portAt) {
    byte[] address = new byte[bytes];
    header.getBytes(header.readerIndex() + at, address);
    return new InetSocketAddress(
        Addresses.of(address), header.getUnsignedShort(header.readerIndex() + portAt));
  }

  private static boolean goodTlvs(ByteBuf header, int from) {
    int start = header.readerIndex();
    int end = header.readableBytes();
    int at = from;
    while (at < end) {
      if (end - at < TLV_HEAD) {
        return false;
      }
      int type = header.getUnsignedByte(start + at);
      int length = header.getUnsignedShort(start + at + 1);
      if (length > end - at - TLV_HEAD
          || type == CRC && (length != 4 || !goodChecksum(header, at + TLV_HEAD))) {
        return false;
      }
      at += TLV_HEAD + length;
    }
    return true;
  }

  /** Over the whole header, with zeros in the place of the checksum: section 2.2.3. */
  private static boolean goodChecksum(ByteBuf header, int at) {
    byte[] bytes = new byte[header.readableBytes()];
    header.getBytes(header.readerIndex(), bytes);
    for (int i = at; i < at + 4; i++) {
      bytes[i] = 0;
    }
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    return (int) sum.getValue() == header.getInt(header.readerIndex() + at);
  }

  /** The header for a server; nothing where none is sent. */
  static ByteBuf write(
      SendProxy version,
      InetSocketAddress source,
      InetSocketAddress destination,
      ByteBufAllocator allocator) {
    boolean mixed = source.getAddress().getClass() != destination.getAddress().getClass();
    boolean ipv6 = source.getAddress() instanceof Inet6Address;
    return switch (version) {
      case NONE -> Unpooled.EMPTY_BUFFER;
      case V1 -> {
        String line =
            mixed
                ? "PROXY UNKNOWN\r\n"
                : String.format(
                    Locale.ROOT,
                    "PROXY %s %s %s %d %d\r\n",
                    ipv6 ? "TCP6" : "TCP4",
                    source.getAddress().getHostAddress().replaceFirst("%.*", ""),
                    destination.getAddress().getHostAddress().replaceFirst("%.*", ""),
                    source.getPort(),
                    destination.getPort());
        ByteBuf header = allocator.directBuffer(line.length());
        header.writeCharSequence(line, StandardCharsets.US_ASCII);
        yield header;
      }
      case V2 -> {
        byte[] from = source.getAddress().getAddress();
        byte[] to = destination.getAddress().getAddress();
        int length = mixed ? 0 : 2 * from.length + 4;
        ByteBuf header = allocator.directBuffer(FIXED + length);
        header.writeBytes(SIGNATURE);
        header.writeByte(VERSION_2 | PROXY);
        header.writeByte(mixed ? 0 : (ipv6 ? INET6 : INET) << 4 | STREAM);
        header.writeShort(length);
        if (!mixed) {
          header.writeBytes(from).writeBytes(to);
          header.writeShort(source.getPort()).writeShort(destination.getPort());
        }
        yield header;
      }
    };
  }
}
