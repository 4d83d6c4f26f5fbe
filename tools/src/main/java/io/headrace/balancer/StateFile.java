package io.headrace.balancer;

import io.headrace.config.ServerEdits;
import io.headrace.config.ServerName;
import io.headrace.registry.AdminState;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where what an operator has changed outlives the process: a line for each change, with tabs
 * between its words.
 *
 * <pre>
 * drain        web/one
 * weight       web/two    5
 * add          web/three  addr=192.0.2.3:80  weight=2
 * remove       web/four
 * </pre>
 */
final class StateFile {
  private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
  private static final String ADD = "add";
  private static final String REMOVE = "remove";
  private static final String WEIGHT = "weight";
  private static final String REASON = "kept from an earlier run";

  private final Optional<Path> path;
  private final List<String[]> lines = new ArrayList<>();

  /**
   * Reads what an earlier process has left; nothing when there is none.
   *
   * @param path empty for no such file
   */
  StateFile(Optional<Path> path) {
    this.path = path;
    try {
      if (path.isPresent()) {
        for (String line : Files.readAllLines(path.get())) {
          lines.add(line.split("\t"));
        }
      }
    } catch (NoSuchFileException e) {
      LOG.debug("no state is kept yet", e);
    } catch (IOException e) {
      LOG.error("{}: changes of an earlier run are lost: {}", path.get(), e.getMessage());
    }
  }

  /** Servers that were added and removed. */
  ServerEdits edits() {
    ServerEdits edits = ServerEdits.NONE;
    for (String[] line : lines) {
      try {
        if (line[0].equals(REMOVE)) {
          edits = edits.remove(ServerName.parse(line[1]));
        } else if (line[0].equals(ADD)) {
          edits = edits.add(ServerName.parse(line[1]), keys(line));
        }
      } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
        LOG.error("{}: not understood: {}", path.orElseThrow(), String.join(" ", line));
      }
    }
    return edits;
  }

  private static Map<String, String> keys(String[] line) {
    Map<String, String> keys = new LinkedHashMap<>();
    for (int i = 2; i < line.length; i++) {
      int equals = line[i].indexOf('=');
      keys.put(line[i].substring(0, equals), line[i].substring(equals + 1));
    }
    return keys;
  }

  /** Gives servers the states and weights that they had. */
  void restore(Registry registry) {
    for (String[] line : lines) {
      try {
        if (line[0].equals(ADD) || line[0].equals(REMOVE)) {
          continue;
        }
        ServerName name = ServerName.parse(line[1]);
        boolean there =
            line[0].equals(WEIGHT)
                ? registry.weight(
                    name.backend(), name.server(), OptionalInt.of(Integer.parseInt(line[2])))
                : registry.admin(name.backend(), name.server(), wanted(line[0]), REASON);
        LOG.info("{}: {}{}", REASON, String.join(" ", line), there ? "" : ", which is gone");
      } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
        LOG.error("{}: not understood: {}", path.orElseThrow(), String.join(" ", line));
      }
    }
  }

  private static AdminState wanted(String label) {
    for (AdminState state : AdminState.values()) {
      if (state.label().equals(label)) {
        return state;
      }
    }
    throw new IllegalArgumentException(label);
  }

  /**
   * Writes what holds now, whole or not at all.
   *
   * @throws IOException when it cannot be written
   */
  synchronized void save(Registry registry, ServerEdits edits) throws IOException {
    if (path.isEmpty()) {
      return;
    }
    StringBuilder text = new StringBuilder();
    edits.removed().forEach(server -> text.append(REMOVE).append('\t').append(server).append('\n'));
    edits
        .added()
        .forEach(
            (server, keys) -> {
              text.append(ADD).append('\t').append(server);
              keys.forEach((key, value) -> text.append('\t').append(key).append('=').append(value));
              text.append('\n');
            });
    registry.snapshot().pools().stream()
        .flatMap(pool -> pool.servers().stream())
        .forEach(
            server -> registry.status(server).ifPresent(status -> append(server, status, text)));
    Path whole = path.get().toAbsolutePath();
    Path work = Files.createTempFile(whole.getParent(), ".state", "");
    Files.writeString(work, text);
    Files.move(work, whole, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void append(Server server, Status status, StringBuilder text) {
    ServerName name = new ServerName(server.backend(), server.name());
    if (status.admin() != AdminState.READY) {
      text.append(status.admin().label()).append('\t').append(name).append('\n');
    }
    status
        .weight()
        .ifPresent(
            weight ->
                text.append(WEIGHT + "\t").append(name).append('\t').append(weight).append('\n'));
  }
}
