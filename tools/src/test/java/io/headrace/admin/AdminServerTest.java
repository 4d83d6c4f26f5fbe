package io.headrace.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AdminServerTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @Test
  void anAddressIsTakenBeforeItIsServed() throws IOException {
    try (AdminServer server = new AdminServer(ANY_PORT)) {
      assertThrows(BindException.class, () -> new AdminServer(server.address()));
      server.serve(out -> out.write("{}".getBytes(StandardCharsets.UTF_8)));
      URI stats = URI.create("http://127.0.0.1:" + server.address().getPort() + "/stats");
      try (var answer = stats.toURL().openStream()) {
        assertEquals("{}", new String(answer.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
  }

  @Test
  void anAddressThatWasNeverServedIsGivenBackAndAClosedServerMayBeClosedAgain() throws IOException {
    AdminServer first = new AdminServer(ANY_PORT);
    InetSocketAddress address = first.address();
    first.close();
    AdminServer second = new AdminServer(address);
    second.serve(out -> {});
    second.close();
    second.close();
    new AdminServer(address).close();
  }
}
