package io.headrace.config;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** What a check of a server does. */
public sealed interface ProbeConfig {
  /**
   * Connects over TCP, and talks if there is something to say or to hear.
   *
   * @param send after the connection stands
   * @param expect somewhere in what the server says
   */
  record Tcp(Optional<Payload> send, Optional<Payload> expect) implements ProbeConfig {}

  /**
   * Sends a datagram and expects one.
   *
   * @param send the datagram
   * @param expect somewhere in the answer; any answer will do where it is empty
   */
  record Udp(Payload send, Optional<Payload> expect) implements ProbeConfig {}

  /**
   * Asks over HTTP/1.1.
   *
   * @param method of the request
   * @param path with its query
   * @param host the Host header; the server's address where it is empty
   * @param statuses one of which is expected
   * @param body expected somewhere in the answer's
   * @param tls how it is encrypted, if it is
   */
  record Http(
      String method,
      String path,
      Optional<String> host,
      List<StatusRange> statuses,
      Optional<String> body,
      Optional<Tls> tls)
      implements ProbeConfig {}

  /**
   * @param serverName the name that is asked for (SNI), and that a certificate has to be for
   * @param verify whether the certificate has to be valid
   * @param authorities whose certificates are; those that Java knows where it is empty
   */
  record Tls(
      Optional<String> serverName, boolean verify, Optional<List<X509Certificate>> authorities) {}

  /**
   * Runs a program; its exit status 0 is a success.
   *
   * @param words the program and its arguments
   */
  record Command(List<String> words) implements ProbeConfig {}
}
