package io.headrace.config;

import java.util.Comparator;

/**
 * The name of a server, {@code BACKEND/SERVER}.
 *
 * @param backend its pool
 * @param server its name there
 */
public record ServerName(String backend, String server) implements Comparable<ServerName> {
  /**
   * @throws IllegalArgumentException when it is none; the message is one line for a user
   */
  public static ServerName parse(String text) {
    int slash = text.indexOf('/');
    if (slash <= 0 || slash == text.length() - 1) {
      throw new IllegalArgumentException(
          Wording.quote(text) + " names no server; write BACKEND/SERVER");
    }
    return new ServerName(text.substring(0, slash), text.substring(slash + 1));
  }

  @Override
  public int compareTo(ServerName other) {
    return Comparator.comparing(ServerName::backend)
        .thenComparing(ServerName::server)
        .compare(this, other);
  }

  @Override
  public String toString() {
    return backend + "/" + server;
  }
}
