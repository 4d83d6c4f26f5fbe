package io.headrace.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One difference between two configurations.
 *
 * @param key its path in the file: {@code backends.web.servers.one.weight}
 * @param before empty when the key is new
 * @param after empty when the key is gone
 */
public record ConfigChange(String key, Optional<Setting> before, Optional<Setting> after) {
  /** What has to be different to get from one to the other, in the order of the second. */
  public static List<ConfigChange> between(
      Map<String, Setting> before, Map<String, Setting> after) {
    Set<String> keys = new LinkedHashSet<>(after.keySet());
    keys.addAll(before.keySet());
    List<ConfigChange> changes = new ArrayList<>();
    for (String key : keys) {
      ConfigChange change =
          new ConfigChange(
              key, Optional.ofNullable(before.get(key)), Optional.ofNullable(after.get(key)));
      if (change.isOne()) {
        changes.add(change);
      }
    }
    return changes;
  }

  /** What holds while the process runs: some keys have the value that they had at the start. */
  public static Map<String, Setting> running(Config started, Config now) {
    Map<String, Setting> settings = new LinkedHashMap<>(now.settings());
    settings.values().removeIf(Setting::atStart);
    started.settings().entrySet().stream()
        .filter(each -> each.getValue().atStart())
        .forEach(each -> settings.put(each.getKey(), each.getValue()));
    return settings;
  }

  /** The defaults of a table that comes or goes are not worth a line. */
  private boolean isOne() {
    if (before.isPresent() && after.isPresent()) {
      return !before.get().value().equals(after.get().value());
    }
    return before.or(() -> after).orElseThrow().stated();
  }

  /** Whether it has to wait for the next start. */
  public boolean isForTheNextStart() {
    return after.or(() -> before).orElseThrow().atStart();
  }

  /** A line: {@code + KEY = VALUE}, {@code - KEY = VALUE} or {@code ~ KEY = VALUE -> VALUE}. */
  @Override
  public String toString() {
    String line =
        before.isEmpty()
            ? "+ " + key + " = " + after.orElseThrow().value()
            : after.isEmpty()
                ? "- " + key + " = " + before.get().value()
                : "~ " + key + " = " + before.get().value() + " -> " + after.get().value();
    return isForTheNextStart() ? line + " (at the next start)" : line;
  }
}
