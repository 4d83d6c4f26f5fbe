package io.headrace.balancer;

import io.headrace.admin.Site.Action;
import io.headrace.admin.Site.Refusal;
import io.headrace.cli.CommandFailure;
import io.headrace.config.ConfigChange;
import io.headrace.config.ConfigException;
import io.headrace.config.ServerName;
import io.headrace.log.Log;
import io.headrace.registry.AdminState;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator may do to a running balancer. Each change is logged with who has asked for it,
 * and kept in the state file. Any thread.
 */
public final class Control {
  /** Each takes {@link #SERVER}; the end of the path is what is wanted. */
  public static final String STATES = "/servers/";

  /** Gives {@link #SERVER} another {@code weight}; without it, that of the file. */
  public static final String WEIGHT = "/servers/weight";

  /** Adds {@link #SERVER}; all other parameters are the keys of its table. */
  public static final String ADD = "/servers/add";

  /** Removes {@link #SERVER}. */
  public static final String REMOVE = "/servers/remove";

  /** Reads the configuration again. */
  public static final String RELOAD = "/reload";

  /** Has it log {@link #LEVEL} from now on; without it, tells what is logged. */
  public static final String LOG_LEVEL = "/log-level";

  /** One of {@link Log.Verbosity}. */
  public static final String LEVEL = "level";

  /** BACKEND/SERVER, or the name alone if one server alone has it. */
  public static final String SERVER = "server";

  private static final Logger LOG = LoggerFactory.getLogger(Control.class);
  private static final int MOST_WEIGHT = 65535;

  private final Registry registry;
  private final Changes changes;
  private final StateFile file;

  Control(Registry registry, Changes changes, StateFile file) {
    this.registry = registry;
    this.changes = changes;
    this.file = file;
  }

  /** By their paths. */
  Map<String, Action> actions() {
    Map<String, Action> actions = new HashMap<>();
    for (AdminState state : AdminState.values()) {
      actions.put(STATES + state.label(), (query, who) -> admin(query, state, who));
    }
    actions.put(WEIGHT, this::weigh);
    actions.put(ADD, this::add);
    actions.put(REMOVE, this::remove);
    actions.put(RELOAD, (_, who) -> told(changed(() -> changes.reload(who))));
    actions.put(LOG_LEVEL, Control::logLevel);
    return actions;
  }

  private static String logLevel(Map<String, String> query, String who) throws Refusal {
    String wanted = query.get(LEVEL);
    if (wanted == null) {
      return "log level: " + Log.verbosity().label();
    }
    for (Log.Verbosity each : Log.Verbosity.values()) {
      if (each.label().equals(wanted)) {
        // Before a level that would hide it, or after one that did.
        LOG.info("log level: {}, asked for by {}", wanted, who);
        Log.verbosity(each);
        return "log level: " + wanted;
      }
    }
    throw new Refusal(400, "level must be error, warn, info or debug, not \"" + wanted + '"');
  }

  private String admin(Map<String, String> query, AdminState wanted, String who) throws Refusal {
    ServerName server = server(query);
    registry.admin(server.backend(), server.server(), wanted, "asked for by " + who);
    return done(server + ": " + wanted.label(), who);
  }

  private String weigh(Map<String, String> query, String who) throws Refusal {
    ServerName server = server(query);
    OptionalInt weight = OptionalInt.empty();
    if (query.containsKey("weight")) {
      String text = query.get("weight");
      if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > MOST_WEIGHT) {
        throw new Refusal(400, "weight must be from 0 to " + MOST_WEIGHT + ", not \"" + text + '"');
      }
      weight = OptionalInt.of(Integer.parseInt(text));
    }
    registry.weight(server.backend(), server.server(), weight);
    return done(
        server
            + ": weight "
            + (weight.isPresent() ? String.valueOf(weight.getAsInt()) : "as in the configuration"),
        who);
  }

  private String add(Map<String, String> query, String who) throws Refusal {
    ServerName server = parse(query);
    if (!changes.current().backends().containsKey(server.backend())) {
      throw new Refusal(404, "there is no backend \"" + server.backend() + '"');
    }
    if (find(server)) {
      throw new Refusal(409, server + " is there already");
    }
    Map<String, String> keys = new HashMap<>(query);
    keys.remove(SERVER);
    return told(changed(() -> changes.edit(edits -> edits.add(server, keys), who)), who);
  }

  private String remove(Map<String, String> query, String who) throws Refusal {
    ServerName server = server(query);
    return told(changed(() -> changes.edit(edits -> edits.remove(server), who)), who);
  }

  private interface Change {
    List<ConfigChange> run() throws ConfigException;
  }

  private static List<ConfigChange> changed(Change change) throws Refusal {
    try {
      return change.run();
    } catch (ConfigException | CommandFailure e) {
      throw new Refusal(409, "the configuration stays as it was:\n" + e.getMessage());
    }
  }

  private static String told(List<ConfigChange> changes) {
    return changes.isEmpty()
        ? "nothing has changed"
        : changes.stream().map(ConfigChange::toString).collect(Collectors.joining("\n"));
  }

  private String told(List<ConfigChange> changes, String who) throws Refusal {
    save(who);
    return told(changes);
  }

  private String done(String what, String who) throws Refusal {
    LOG.info("{}, asked for by {}", what, who);
    save(who);
    return what;
  }

  private void save(String who) throws Refusal {
    try {
      file.save(registry, changes.edits());
    } catch (IOException e) {
      LOG.error("a change by {} is in force, and will be lost at the end: {}", who, e.toString());
      throw new Refusal(500, "this is in force, but cannot be kept for the next start: " + e);
    }
  }

  private static ServerName parse(Map<String, String> query) throws Refusal {
    try {
      return ServerName.parse(query.getOrDefault(SERVER, ""));
    } catch (IllegalArgumentException e) {
      throw new Refusal(400, e.getMessage());
    }
  }

  private ServerName server(Map<String, String> query) throws Refusal {
    String text = query.getOrDefault(SERVER, "");
    if (!text.contains("/")) {
      return named(text);
    }
    ServerName server = parse(query);
    if (!find(server)) {
      throw new Refusal(404, "there is no server " + server + "; " + all());
    }
    return server;
  }

  private ServerName named(String text) throws Refusal {
    List<Server> found = servers().stream().filter(each -> each.name().equals(text)).toList();
    if (found.size() != 1) {
      throw new Refusal(
          404,
          found.isEmpty()
              ? "there is no server \"" + text + "\"; " + all()
              : "several backends have a server \"" + text + "\"; write BACKEND/SERVER");
    }
    return new ServerName(found.getFirst().backend(), text);
  }

  private boolean find(ServerName server) {
    return registry.snapshot().server(server.backend(), server.server()).isPresent();
  }

  private List<Server> servers() {
    return registry.snapshot().pools().stream().flatMap(pool -> pool.servers().stream()).toList();
  }

  private String all() {
    return servers().stream()
        .limit(20)
        .map(each -> each.backend() + "/" + each.name())
        .collect(Collectors.joining(", ", "there is ", ""));
  }
}
