package io.headrace.config;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Servers that an operator has added or removed while the balancer runs, on top of what its
 * configuration says. Immutable.
 *
 * @param added what the table of each would hold; an integer where a value is all digits
 * @param removed those of the configuration that are left out
 */
public record ServerEdits(
    SortedMap<ServerName, Map<String, String>> added, SortedSet<ServerName> removed) {
  /** None. */
  public static final ServerEdits NONE = new ServerEdits(new TreeMap<>(), new TreeSet<>());

  /** These, and one more server. */
  public ServerEdits add(ServerName server, Map<String, String> keys) {
    SortedMap<ServerName, Map<String, String>> more = new TreeMap<>(added);
    more.put(server, Map.copyOf(keys));
    return new ServerEdits(more, removed);
  }

  /** These, and one server less. */
  public ServerEdits remove(ServerName server) {
    SortedMap<ServerName, Map<String, String>> fewer = new TreeMap<>(added);
    SortedSet<ServerName> more = new TreeSet<>(removed);
    fewer.remove(server);
    more.add(server);
    return new ServerEdits(fewer, more);
  }

  /** Those of them that mean something to a configuration that reads so. */
  public ServerEdits within(Config unedited) {
    SortedSet<ServerName> stillRemoved = new TreeSet<>(removed);
    stillRemoved.removeIf(server -> !has(unedited, server));
    SortedMap<ServerName, Map<String, String>> stillAdded = new TreeMap<>(added);
    stillAdded
        .keySet()
        .removeIf(
            server ->
                !unedited.backends().containsKey(server.backend())
                    || has(unedited, server) && !removed.contains(server));
    return new ServerEdits(stillAdded, stillRemoved);
  }

  private static boolean has(Config config, ServerName server) {
    BackendConfig backend = config.backends().get(server.backend());
    return backend != null && backend.servers().containsKey(server.server());
  }

  /** Changes what the files say. */
  void apply(Table whole) {
    removed.forEach(
        server ->
            servers(whole, server).ifPresent(table -> table.entries().remove(server.server())));
    added.forEach(
        (server, keys) ->
            servers(whole, server)
                .ifPresent(
                    table -> {
                      Place at = new Place("server " + server, 0, 0);
                      Table made = new Table();
                      keys.forEach((key, text) -> made.put(key, at, value(text)));
                      table.put(server.server(), at, made);
                    }));
  }

  private static Object value(String text) {
    return text.matches("[0-9]{1,9}") ? (Object) Long.valueOf(text) : text;
  }

  private static Optional<Table> servers(Table whole, ServerName server) {
    return whole
        .below("backends")
        .flatMap(all -> all.below(server.backend()))
        .flatMap(all -> all.below("servers"));
  }
}
