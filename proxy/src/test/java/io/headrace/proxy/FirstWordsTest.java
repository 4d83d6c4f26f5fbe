package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a connection says before anything else: PROXY headers, and the name in TLS. */
class FirstWordsTest {
  private static final String TRUSTING = "accept_proxy = true\ntrusted_cidrs = ['127.0.0.0/8']\n";

  private static TestServer named(String name) throws IOException {
    return new TestServer(
        socket -> {
          OutputStream out = socket.getOutputStream();
          out.write((name + ":").getBytes(StandardCharsets.UTF_8));
          socket.getInputStream().transferTo(out);
        });
  }

  private static String talk(InetSocketAddress to, byte[]... parts) throws Exception {
    try (Socket socket = Bench.connect(to)) {
      socket.setTcpNoDelay(true);
      for (byte[] part : parts) {
        socket.getOutputStream().write(part);
        Thread.sleep(5);
      }
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aServerIsToldTheEndsOfTheConnection() throws Exception {
    for (String version : new String[] {"v1", "v2"}) {
      try (TestServer server = named("s");
          Bench bench =
              new Bench(
                  Bench.toml(
                      Bench.freePort(), "", "send_proxy = '" + version + "'", server.address()))) {
        String answer = talk(bench.address(), bytes("data"));
        assertTrue(answer.endsWith("data"), answer);
        if (version.equals("v1")) {
          assertTrue(
              answer.matches(
                  "(?s)s:PROXY TCP4 127\\.0\\.0\\.1 127\\.0\\.0\\.1 [0-9]+ "
                      + bench.address().getPort()
                      + "\r\ndata"),
              answer);
        } else {
          assertEquals(2 + 16 + 12 + 4, answer.length());
        }
      }
    }
  }

  @Test
  void aHeaderFromATrustedPeerTellsTheClientAndIsPassedOn() throws Exception {
    String header = "PROXY TCP4 192.0.2.9 192.0.2.1 1234 80\r\n";
    try (TestServer server = named("s");
        Bench bench =
            new Bench(
                Bench.toml(
                    Bench.freePort(),
                    TRUSTING + "deny = ['192.0.2.66']",
                    "send_proxy = 'v1'",
                    server.address()))) {
      assertEquals("s:" + header + "data", talk(bench.address(), bytes(header + "data")));
      assertEquals(
          "s:" + header + "data",
          talk(
              bench.address(),
              bytes("PROX"),
              bytes("Y TCP4 192.0.2.9 192.0.2.1 1234 80\r"),
              bytes("\nda"),
              bytes("ta")));
      assertThrows(
          SocketException.class,
          () -> talk(bench.address(), bytes("PROXY TCP4 192.0.2.66 192.0.2.1 1 2\r\n")));
      bench.awaitEnds(Ended.DENIED, 1);
      assertThrows(SocketException.class, () -> talk(bench.address(), bytes("GET / HTTP/1.0")));
      bench.awaitEnds(Ended.BAD_PROXY_HEADER, 1);
      bench.connect().close();
      bench.awaitEnds(Ended.CLIENT_GONE, 1);
      assertEquals("192.0.2.9", bench.log().getFirst().client().getAddress().getHostAddress());
    }
  }

  @Test
  void aHeaderFromAnybodyElseIsRefused() throws Exception {
    try (TestServer server = named("s");
        Bench bench =
            new Bench(
                Bench.toml(
                    Bench.freePort(),
                    TRUSTING.replace("127.0.0.0/8", "192.0.2.0/24"),
                    "",
                    server.address()))) {
      assertThrows(
          SocketException.class,
          () -> talk(bench.address(), bytes("PROXY TCP4 192.0.2.9 192.0.2.1 1234 80\r\n")));
      bench.awaitEnds(Ended.UNTRUSTED, 1);
    }
  }

  @Test
  void aTlsClientGoesWhereItsNameSays() throws Exception {
    try (TestServer a = named("a");
        TestServer b = named("b");
        TestServer rest = named("rest");
        Bench bench =
            new Bench(
                Bench.toml(
                        Bench.freePort(),
                        "sni = { 'a.example' = 'pool_a', '*.b.example' = 'pool_b' }",
                        "",
                        rest.address())
                    + Bench.server("pool_a", "s", a.address())
                    + Bench.server("pool_b", "s", b.address()))) {
      assertGoes("a", "a.example", bench);
      assertGoes("a", "A.EXAMPLE", bench);
      assertGoes("b", "www.b.example", bench);
      assertGoes("b", "x.y.b.example", bench);
      assertGoes("rest", "b.example", bench);
      assertGoes("rest", "www.a.example", bench);
      assertGoes("rest", null, bench);
      assertEquals("rest:GET / HTTP/1.0", talk(bench.address(), bytes("GET / HTTP/1.0")));
      byte[] hello = ClientHelloTest.hello("a.example");
      byte[] records = ClientHelloTest.inRecords(hello, 50);
      byte[] head = Arrays.copyOf(records, 60);
      byte[] tail = Arrays.copyOfRange(records, 60, records.length);
      assertArrayEquals(
          bytes("a:" + new String(records, StandardCharsets.ISO_8859_1)),
          bytes(talk(bench.address(), head, tail)));
      assertEquals(
          Optional.of("a.example"), bench.log().getFirst().serverName(), bench.log()::toString);
    }
  }

  private static void assertGoes(String server, String name, Bench bench) throws Exception {
    byte[] hello = ClientHelloTest.hello(name);
    assertEquals(
        server + ":" + new String(hello, StandardCharsets.ISO_8859_1),
        talk(bench.address(), hello));
  }

  @Test
  void whoSaysNothingWaitsForTheDefaultServerToSpeakAndWhoTricklesAHeaderIsReset()
      throws Exception {
    try (TestServer rest = TestServer.saying("hello");
        Bench named =
            new Bench(
                Bench.toml(
                    Bench.freePort(), "sni = { 'a.example' = 'pool' }", "", rest.address()));
        Bench trusting = new Bench(Bench.toml(Bench.freePort(), TRUSTING, "", rest.address()));
        Socket silent = named.connect();
        Socket trickling = trusting.connect()) {
      assertThrows(
          SocketException.class,
          () -> {
            for (byte each : bytes("PROXY UNKNOWN " + "x".repeat(90))) {
              trickling.getOutputStream().write(each);
              Thread.sleep(250);
            }
          });
      trusting.awaitEnds(Ended.BAD_PROXY_HEADER, 1);
      assertArrayEquals(bytes("hello"), silent.getInputStream().readAllBytes());
    }
  }
}
