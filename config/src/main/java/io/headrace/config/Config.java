package io.headrace.config;

import java.util.Map;
import java.util.function.Predicate;

/**
 * A whole configuration, valid in itself: every frontend's backend exists.
 *
 * @param frontends by name, in the order of the file
 * @param backends by name, in the order of the file
 * @param stats where statistics are served
 * @param passthrough settings of the frame pipeline
 * @param proxy settings of the proxy
 * @param control how it is steered while it runs
 * @param settings what holds for each key, by its path in the file: {@code frontends.web.mode}
 */
public record Config(
    Map<String, FrontendConfig> frontends,
    Map<String, BackendConfig> backends,
    StatsConfig stats,
    PassthroughConfig passthrough,
    ProxyConfig proxy,
    ControlConfig control,
    Map<String, Setting> settings) {
  /** Whether a frontend has one of these modes. */
  public boolean has(Predicate<Mode> modes) {
    return frontends.values().stream().anyMatch(frontend -> modes.test(frontend.mode()));
  }
}
