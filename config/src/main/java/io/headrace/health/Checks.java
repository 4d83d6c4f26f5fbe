package io.headrace.health;

import io.headrace.config.ProbeConfig;

/** Makes checks. */
final class Checks {
  private Checks() {}

  static Check of(ProbeConfig config) {
    return switch (config) {
      case ProbeConfig.Tcp tcp -> new TcpCheck(tcp);
      case ProbeConfig.Udp udp -> new UdpCheck(udp);
      case ProbeConfig.Http http -> new HttpCheck(http);
      case ProbeConfig.Command command -> new CommandCheck(command);
    };
  }
}
