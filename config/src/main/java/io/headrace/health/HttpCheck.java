package io.headrace.health;

import io.headrace.config.Address;
import io.headrace.config.ProbeConfig;
import io.headrace.registry.Server;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Collectors;

/** Asks a question over HTTP/1.1 (RFC 9112), encrypted or not, and looks at the answer. */
final class HttpCheck implements Check {
  private final ProbeConfig.Http config;
  private final Optional<TlsClient> tls;

  HttpCheck(ProbeConfig.Http config) {
    this.config = config;
    this.tls = config.tls().map(TlsClient::new);
  }

  @Override
  public void run(Server server, Place at, Deadline deadline) throws IOException {
    try (SocketChannel channel = Connection.open(at.connected(), deadline);
        Socket socket = tls.isPresent() ? tls.get().over(channel.socket()) : channel.socket()) {
      OutputStream out = socket.getOutputStream();
      out.write(request(at).getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      look(new BufferedInputStream(socket.getInputStream()));
    }
  }

  private String request(Place at) {
    return config.method()
        + " "
        + config.path()
        + " HTTP/1.1\r\nHost: "
        + config.host().orElseGet(() -> Address.format(at.asked()))
        + "\r\nUser-Agent: headrace-check\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  }

  private void look(InputStream in) throws IOException {
    HttpAnswer answer = HttpAnswer.read(in);
    if (config.statuses().stream().noneMatch(range -> range.contains(answer.status()))) {
      throw new CheckException(
          "status "
              + answer.status()
              + ", not "
              + config.statuses().stream()
                  .map(Object::toString)
                  .collect(Collectors.joining(" or ")));
    }
    if (config.body().isPresent() && !answer.body(in).contains(config.body().get())) {
      throw new CheckException("the body lacks \"" + config.body().get() + "\"");
    }
  }
}
