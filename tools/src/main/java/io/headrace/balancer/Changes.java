package io.headrace.balancer;

import io.headrace.cli.CommandFailure;
import io.headrace.config.Config;
import io.headrace.config.ConfigChange;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.ConfigSource;
import io.headrace.config.ConfigSource.Content;
import io.headrace.config.ConfigWatcher;
import io.headrace.config.Mode;
import io.headrace.config.ServerEdits;
import io.headrace.config.Setting;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts changed configurations in force: what the source says, with the servers that an operator has
 * added or removed. One at a time, and each whole or not at all. Any thread.
 */
final class Changes implements ConfigWatcher.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Changes.class);
  private static final int MOST_LINES = 50;

  private final ConfigSource source;
  private final Mode mode;
  private Content content;
  private volatile ServerEdits edits = ServerEdits.NONE;
  private Config started;
  private Config current;
  private Consumer<Config> taker =
      _ -> {
        throw new CommandFailure("the balancer is still starting; try again");
      };

  /**
   * Reads the configuration of the start.
   *
   * @param mode of the frontends that name none
   * @throws ConfigException when it cannot be used
   */
  Changes(ConfigSource source, Mode mode) throws ConfigException {
    this.source = source;
    this.mode = mode;
    this.content = source.load();
    this.current = ConfigReader.read(content, mode);
    this.started = current;
  }

  /**
   * Takes over servers that an earlier process had added or removed; before anything is in force.
   */
  synchronized void resume(ServerEdits saved) {
    try {
      ServerEdits wanted = saved.within(current);
      if (wanted.equals(edits)) {
        return;
      }
      current = ConfigReader.read(content, mode, wanted);
      started = current;
      edits = wanted;
    } catch (ConfigException e) {
      LOG.error(
          "servers that were added or removed are again as the file says:\n{}", e.getMessage());
    }
  }

  /** What is in force. */
  synchronized Config current() {
    return current;
  }

  /** What holds for each key while the process runs. */
  synchronized Map<String, Setting> running() {
    return ConfigChange.running(started, current);
  }

  /** Servers that were added or removed. */
  ServerEdits edits() {
    return edits;
  }

  /**
   * From now on changes are taken.
   *
   * @param taker puts a configuration in force; throws CommandFailure when it is refused, and then
   *     nothing has changed
   */
  synchronized void takeWith(Consumer<Config> taker) {
    this.taker = taker;
  }

  /**
   * Reads the source again, at once.
   *
   * @param who asks, for the log
   * @return what has changed
   * @throws ConfigException when it cannot be used; what runs goes on
   * @throws CommandFailure when it cannot be in force; the same
   */
  List<ConfigChange> reload(String who) throws ConfigException {
    return put(source.load(), edits, who);
  }

  /**
   * Adds or removes servers. As {@link #reload}.
   *
   * @param edit of those that were added or removed before
   */
  synchronized List<ConfigChange> edit(UnaryOperator<ServerEdits> edit, String who)
      throws ConfigException {
    return put(content, edit.apply(edits), who);
  }

  private synchronized List<ConfigChange> put(Content next, ServerEdits wanted, String who)
      throws ConfigException {
    ServerEdits kept = wanted.within(ConfigReader.read(next, mode));
    Config config = ConfigReader.read(next, mode, kept);
    taker.accept(config);
    List<ConfigChange> changes = ConfigChange.between(running(), config.settings());
    content = next;
    edits = kept;
    current = config;
    say(changes, who);
    return changes;
  }

  private static void say(List<ConfigChange> changes, String who) {
    List<ConfigChange> later = changes.stream().filter(ConfigChange::isForTheNextStart).toList();
    List<ConfigChange> now = changes.stream().filter(each -> !each.isForTheNextStart()).toList();
    if (!later.isEmpty()) {
      LOG.warn("{}: this takes effect at the next start:\n{}", who, lines(later));
    }
    if (!now.isEmpty()) {
      LOG.info("{}: the configuration has changed and is in force:\n{}", who, lines(now));
    } else if (later.isEmpty()) {
      LOG.info("{}: the configuration has changed and is in force: it says what runs", who);
    }
  }

  /** A line for each, as far as a log should hold them. */
  private static String lines(List<ConfigChange> changes) {
    String lines =
        changes.stream()
            .limit(MOST_LINES)
            .map(ConfigChange::toString)
            .collect(Collectors.joining("\n"));
    return changes.size() > MOST_LINES
        ? lines + "\nand " + (changes.size() - MOST_LINES) + " more"
        : lines;
  }

  @Override
  public Config read(Content found) throws ConfigException {
    return ConfigReader.read(found, mode, edits.within(ConfigReader.read(found, mode)));
  }

  @Override
  public void changed(Content found, Config config) {
    try {
      put(found, edits, source.toString());
    } catch (ConfigException e) {
      rejected(e);
    } catch (CommandFailure e) {
      refused(e);
    }
  }

  /** The machine does not bear it; what runs goes on. */
  void refused(CommandFailure why) {
    LOG.error("the configuration stays as it was: {}", why.getMessage());
  }

  @Override
  public void rejected(ConfigException errors) {
    LOG.error("the configuration stays as it was:\n{}", errors.getMessage());
  }
}
