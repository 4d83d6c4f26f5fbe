package io.headrace.upgrade;

import io.headrace.config.Address;
import io.headrace.proxy.MovingSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Sessions of UDP on their way: a block of text, a line for each, and then their sockets.
 *
 * <pre>
 *   LISTENING NUMBER CLIENT SERVER LOCAL OPENED BYTES-FROM-CLIENT BYTES-FROM-SERVER
 * </pre>
 */
final class Sessions {
  private static final int NO_DESCRIPTOR = -1;

  private Sessions() {}

  static void send(List<MovingSession> sessions, Lines to) throws IOException {
    to.writeBlock(
        Lines.SESSIONS, sessions.stream().map(Sessions::text).collect(Collectors.joining("\n")));
    for (MovingSession each : sessions) {
      each.send(to.socket());
    }
  }

  private static String text(MovingSession session) {
    return "%s %d %s %s %s %d %d %d"
        .formatted(
            Address.format(session.listen()),
            session.socket(),
            Address.format(session.client()),
            Address.format(session.server()),
            Address.format(session.local()),
            session.opened().toEpochMilli(),
            session.bytesFromClient(),
            session.bytesFromServer());
  }

  static List<MovingSession> receive(Lines from) throws IOException {
    List<MovingSession> sessions = new ArrayList<>();
    for (String line : from.readBlock(Lines.SESSIONS).lines().toList()) {
      if (!line.isEmpty()) {
        sessions.add(parse(line.split(" ")).receive(from.socket()));
      }
    }
    return sessions;
  }

  private static MovingSession parse(String[] words) {
    return new MovingSession(
        address(words[0]),
        Integer.parseInt(words[1]),
        address(words[2]),
        address(words[3]),
        address(words[4]),
        Instant.ofEpochMilli(Long.parseLong(words[5])),
        Long.parseLong(words[6]),
        Long.parseLong(words[7]),
        NO_DESCRIPTOR);
  }

  /** A client of a link-local address has a zone, which no configuration does. */
  private static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    return new InetSocketAddress(
        InetAddress.ofLiteral(text.substring(0, colon).replaceAll("[\\[\\]]", "")),
        Integer.parseInt(text.substring(colon + 1)));
  }
}
