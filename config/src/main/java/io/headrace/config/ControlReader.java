package io.headrace.config;

import java.nio.file.Path;
import java.util.List;

/** Reads {@code [control]}. */
final class ControlReader {
  private static final Key<Path> SOCKET =
      path(
          "socket",
          "one for this configuration in `/run/headrace`, or in a directory of the user's own",
          "\"/run/headrace/web.sock\"",
          "the Unix socket, with permissions 0600; a path of at most 100 bytes");

  private static final Key<Path> TOKEN_FILE =
      path(
          "token_file",
          "no control over TCP",
          "\"/etc/headrace/token\"",
          "holds a token of 16 characters or more; whoever sends it to the address in `[stats]`"
              + " (`Authorization: Bearer …`) may do what the socket's owner may");

  private static final Key<Path> STATE_FILE =
      path(
          "state_file",
          "changes last until the process ends",
          "\"/var/lib/headrace/state.json\"",
          "where changes made while running are kept for the next start");

  static final List<Key<?>> KEYS = List.of(SOCKET, TOKEN_FILE, STATE_FILE);

  private ControlReader() {}

  private static Key<Path> path(String name, String absent, String example, String meaning) {
    return Key.optional(
            name, Types.text("a path", Paths::parse, Path::toString), absent, example, meaning)
        .onlyAtStart();
  }

  static ControlConfig read(Section section) {
    return new ControlConfig(
        section.find(SOCKET).map(Paths::resolve),
        section.find(TOKEN_FILE).map(Paths::resolve),
        section.find(STATE_FILE).map(Paths::resolve));
  }
}
