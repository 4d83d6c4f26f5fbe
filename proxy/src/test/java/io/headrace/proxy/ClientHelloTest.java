package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

class ClientHelloTest {
  /** The first message of Java's own TLS client. */
  static byte[] hello(String name) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    if (name != null) {
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      engine.setSSLParameters(parameters);
    }
    engine.beginHandshake();
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    out.flip();
    byte[] bytes = new byte[out.remaining()];
    out.get(bytes);
    return bytes;
  }

  /** The same message, cut into records of so many bytes. */
  static byte[] inRecords(byte[] hello, int size) {
    ByteBuf records = Unpooled.buffer();
    for (int at = 5; at < hello.length; at += size) {
      int length = Math.min(size, hello.length - at);
      records.writeBytes(hello, 0, 3).writeShort(length).writeBytes(hello, at, length);
    }
    byte[] bytes = new byte[records.readableBytes()];
    records.readBytes(bytes);
    return bytes;
  }

  private static ClientHello.Result read(byte[] bytes) {
    return ClientHello.read(Unpooled.wrappedBuffer(bytes));
  }

  @Test
  void theNameIsReadHoweverTheMessageIsCut() throws Exception {
    byte[] hello = hello("WWW.Example.com");
    for (int size : new int[] {hello.length, 300, 100, 7, 1}) {
      byte[] records = inRecords(hello, size);
      assertEquals(new ClientHello.Named("www.example.com"), read(records));
      for (int length = 0; length < records.length; length += size == 1 ? 97 : 1) {
        ByteBuf part = Unpooled.wrappedBuffer(records, 0, length);
        assertInstanceOf(ClientHello.Incomplete.class, ClientHello.read(part), "at " + length);
        assertEquals(0, part.readerIndex());
      }
    }
  }

  @Test
  void aMessageWithoutANameIsUnnamed() throws Exception {
    assertEquals(new ClientHello.Unnamed(), read(hello(null)));
  }

  @Test
  void whatIsNotTlsIsUnnamedAtItsFirstByte() {
    for (String other : List.of("GET / HTTP/1.1", "SSH-2.0-x", "\u0016\u0002", "\u0080\u0001")) {
      assertEquals(
          new ClientHello.Unnamed(), read(other.getBytes(StandardCharsets.ISO_8859_1)), other);
    }
  }

  @Test
  void aBeginningThatIsTooLongIsNotWaitedFor() {
    ByteBuf data = Unpooled.buffer();
    data.writeBytes(new byte[] {22, 3, 1, 0x40, 0, 1, 0, 0x3f, (byte) 0xfc});
    data.writeZero(ClientHello.LONGEST);
    assertEquals(new ClientHello.Unnamed(), ClientHello.read(data));
    data.clear().writeBytes(new byte[] {22, 3, 1, 0x40, 0, 1, 1, 0, 0});
    assertEquals(new ClientHello.Unnamed(), ClientHello.read(data));
  }

  /** A message with nothing but a name. */
  private static byte[] naming(String name) {
    int length = name.length();
    ByteBuf hello = Unpooled.buffer();
    hello.writeByte(22).writeShort(0x0301).writeShort(53 + length);
    hello.writeByte(1).writeMedium(49 + length).writeZero(34).writeZero(1 + 2 + 1);
    hello.writeShort(9 + length).writeShort(0).writeShort(5 + length);
    hello.writeShort(3 + length).writeByte(0).writeShort(length);
    hello.writeCharSequence(name, StandardCharsets.US_ASCII);
    byte[] bytes = new byte[hello.readableBytes()];
    hello.readBytes(bytes);
    return bytes;
  }

  @Test
  void aNameThatIsTooLongIsNone() {
    String longest = "a.".repeat(127) + "a";
    assertEquals(new ClientHello.Named(longest), read(naming(longest)));
    assertEquals(new ClientHello.Unnamed(), read(naming(longest + "a")));
    assertEquals(new ClientHello.Unnamed(), read(naming("a.".repeat(8000) + "a")));
    assertEquals(new ClientHello.Unnamed(), read(naming("")));
  }

  @Test
  void aDamagedMessageThrowsNothing() throws Exception {
    byte[] hello = hello("www.example.com");
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = hello.clone();
      for (int j = 0; j < 3; j++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      read(damaged);
    }
  }
}
