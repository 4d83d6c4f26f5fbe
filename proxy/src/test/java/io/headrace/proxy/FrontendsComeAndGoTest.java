package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.Socket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A frontend that leaves the configuration leaves its address, too. */
class FrontendsComeAndGoTest {
  private static final int TIMES = 100;

  @ParameterizedTest
  @CsvSource({"nio, tcp", "nio, udp", "auto, tcp", "auto, udp"})
  void itMayComeBackAtOnce(String io, String protocol) throws IOException {
    try (TestServer server = TestServer.echo()) {
      String other = Bench.toml(Bench.freePort(), "", "", server.address());
      String proxy = "[proxy]\nio = '" + io + "'\n";
      String both =
          "[frontends.second]\nlisten_addr = '127.0.0.1:%d'\nprotocol = '%s'\nbackend = 'pool'\n"
                  .formatted(Bench.freePort(), protocol)
              + other;
      try (Bench bench = new Bench(both + proxy)) {
        for (int i = 0; i < TIMES; i++) {
          bench.apply(other + proxy);
          assertDoesNotThrow(() -> bench.apply(both + proxy));
          if (protocol.equals("tcp")) {
            try (Socket socket = Bench.connect(bench.address("second"))) {
              socket.getOutputStream().write('x');
              assertEquals('x', socket.getInputStream().read());
            }
          }
        }
      }
    }
  }
}
