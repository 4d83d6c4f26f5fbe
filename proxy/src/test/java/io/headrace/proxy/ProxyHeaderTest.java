package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.ProxyBackendConfig.SendProxy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final String ADDRESSES = "c0000201" + "c0000202" + "1f90" + "0050";
  private static final InetSocketAddress SOURCE = end("192.0.2.1", 8080);
  private static final InetSocketAddress DESTINATION = end("192.0.2.2", 80);

  private static InetSocketAddress end(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }

  private static ByteBuf text(String line) {
    return Unpooled.copiedBuffer(line, StandardCharsets.ISO_8859_1);
  }

  private static ByteBuf hex(String... parts) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(String.join("", parts)));
  }

  private static ByteBuf v2(String versionAndCommand, String family, String... rest) {
    String payload = String.join("", rest);
    return hex(
        SIGNATURE, versionAndCommand, family, "%04x".formatted(payload.length() / 2), payload);
  }

  /** The header byte by byte, each time from the beginning, and data behind it. */
  private static ProxyHeader.Result readSlowly(ByteBuf header) {
    for (int length = 0; length < header.readableBytes(); length++) {
      ByteBuf part = header.slice(0, length);
      assertInstanceOf(ProxyHeader.Incomplete.class, ProxyHeader.read(part), "at " + length);
      assertEquals(0, part.readerIndex());
    }
    ByteBuf whole = Unpooled.wrappedBuffer(header.slice(), text("data"));
    ProxyHeader.Result result = ProxyHeader.read(whole);
    if (!(result instanceof ProxyHeader.Malformed)) {
      assertEquals("data", whole.toString(StandardCharsets.ISO_8859_1));
    }
    return result;
  }

  @Test
  void aLineOfVersion1TellsTheEnds() {
    assertEquals(
        new ProxyHeader.Ends(SOURCE, DESTINATION),
        readSlowly(text("PROXY TCP4 192.0.2.1 192.0.2.2 8080 80\r\n")));
    assertEquals(
        new ProxyHeader.Ends(end("2001:db8::1", 65535), end("2001:db8::2", 0)),
        readSlowly(text("PROXY TCP6 2001:db8::1 2001:db8::2 65535 0\r\n")));
  }

  @Test
  void anUnknownLineOfTheGreatestLengthIsTakenAndALongerOneIsNot() {
    String longest =
        "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            + " ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
    assertEquals(107, longest.length());
    assertEquals(new ProxyHeader.Local(), readSlowly(text(longest)));
    assertEquals(new ProxyHeader.Local(), readSlowly(text("PROXY UNKNOWN\r\n")));
    assertEquals(
        new ProxyHeader.Malformed(), ProxyHeader.read(text("PROXY UNKNOWN " + "x".repeat(100))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 8080 80\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 8080\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 8080 65536\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 08 80\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.256 8080 80\r\n",
        "PROXY TCP4 1.2 192.0.2.2 8080 80\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
        "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY  TCP4 192.0.2.1 192.0.2.2 8080 80\r\n",
        "PROXY TCP5 192.0.2.1 192.0.2.2 8080 80\r\n",
        "proxy TCP4 192.0.2.1 192.0.2.2 8080 80\r\n",
        "PROXY UNKNOWNX\r\n"
      })
  void aLineThatIsNoneIsMalformed(String line) {
    assertEquals(new ProxyHeader.Malformed(), ProxyHeader.read(text(line)));
  }

  @Test
  void version2TellsTheEndsAndWhatIsBehindThemIsSkipped() {
    assertEquals(new ProxyHeader.Ends(SOURCE, DESTINATION), readSlowly(v2("21", "11", ADDRESSES)));
    String unknown = "ea0003abcdef" + "040000" + "e00001ff";
    assertEquals(
        new ProxyHeader.Ends(SOURCE, DESTINATION), readSlowly(v2("21", "11", ADDRESSES, unknown)));
    String six = "20010db8000000000000000000000001" + "20010db8000000000000000000000002";
    assertEquals(
        new ProxyHeader.Ends(end("2001:db8::1", 1), end("2001:db8::2", 2)),
        readSlowly(v2("21", "21", six, "00010002")));
  }

  @Test
  void whatTellsNoEndsLeavesThoseOfTheConnection() {
    assertEquals(new ProxyHeader.Local(), readSlowly(v2("20", "00")));
    assertEquals(new ProxyHeader.Local(), readSlowly(v2("20", "11", ADDRESSES)));
    assertEquals(new ProxyHeader.Local(), readSlowly(v2("21", "00", "ea0001ff")));
    assertEquals(new ProxyHeader.Local(), readSlowly(v2("21", "00", ADDRESSES)));
    assertEquals(new ProxyHeader.Local(), readSlowly(v2("21", "31", "00".repeat(216))));
  }

  @Test
  void theLongestHeaderIsTaken() {
    String filling = "ea" + "%04x".formatted(65535 - 12 - 3) + "00".repeat(65535 - 12 - 3);
    assertEquals(
        new ProxyHeader.Ends(SOURCE, DESTINATION),
        ProxyHeader.read(v2("21", "11", ADDRESSES, filling)));
  }

  @Test
  void aHeaderOfVersion2ThatIsWrongIsMalformed() {
    ByteBuf[] wrong = {
      v2("11", "11", ADDRESSES),
      v2("31", "11", ADDRESSES),
      v2("22", "11", ADDRESSES),
      v2("21", "41", ADDRESSES),
      v2("21", "13", ADDRESSES),
      v2("21", "11", "c0000201"),
      v2("21", "21", ADDRESSES),
      v2("21", "11", ADDRESSES, "ea"),
      v2("21", "11", ADDRESSES, "ea0004ffff"),
      v2("21", "11", ADDRESSES, "0300020000"),
      hex("0d0a0d0a000d0a515549540b")
    };
    for (ByteBuf header : wrong) {
      assertEquals(new ProxyHeader.Malformed(), ProxyHeader.read(header));
    }
  }

  @Test
  void aChecksumIsHeldAgainstTheHeader() {
    ByteBuf header = v2("21", "11", ADDRESSES, "ea0001ff", "03000400000000", "ea0001ff");
    byte[] bytes = new byte[header.readableBytes()];
    header.getBytes(0, bytes);
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    int at = 16 + 12 + 4 + 3;
    header.setInt(at, (int) sum.getValue());
    assertEquals(new ProxyHeader.Ends(SOURCE, DESTINATION), readSlowly(header));
    header.setInt(at, (int) sum.getValue() + 1);
    assertEquals(new ProxyHeader.Malformed(), ProxyHeader.read(header));
  }

  @ParameterizedTest
  @EnumSource(
      value = SendProxy.class,
      names = {"V1", "V2"})
  void whatIsWrittenCanBeRead(SendProxy version) {
    InetSocketAddress six = end("2001:db8::1", 65535);
    assertEquals(
        new ProxyHeader.Ends(SOURCE, DESTINATION),
        readSlowly(ProxyHeader.write(version, SOURCE, DESTINATION, ByteBufAllocator.DEFAULT)));
    assertEquals(
        new ProxyHeader.Ends(six, six),
        readSlowly(ProxyHeader.write(version, six, six, ByteBufAllocator.DEFAULT)));
    assertEquals(
        new ProxyHeader.Local(),
        readSlowly(ProxyHeader.write(version, SOURCE, six, ByteBufAllocator.DEFAULT)));
  }

  @Test
  void aLineHasTheSameDigitsInEveryLanguage() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      assertEquals(
          "PROXY TCP4 192.0.2.1 192.0.2.2 8080 80\r\n",
          ProxyHeader.write(SendProxy.V1, SOURCE, DESTINATION, ByteBufAllocator.DEFAULT)
              .toString(StandardCharsets.UTF_8));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void whereNoneIsSentNothingIsWritten() {
    assertTrue(
        !ProxyHeader.write(SendProxy.NONE, SOURCE, DESTINATION, ByteBufAllocator.DEFAULT)
            .isReadable());
  }
}
