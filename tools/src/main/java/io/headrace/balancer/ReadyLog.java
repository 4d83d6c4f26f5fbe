package io.headrace.balancer;

import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.FrontendConfig;
import io.headrace.config.Mode;
import io.headrace.config.Source;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the log says of a balancer that lets clients in. */
final class ReadyLog {
  private static final Logger LOG = LoggerFactory.getLogger(ReadyLog.class);

  private ReadyLog() {}

  /**
   * @param data what data paths it has, and on what they run
   */
  static void write(Config config, Stream<String> data) {
    config
        .frontends()
        .values()
        .forEach(
            frontend ->
                LOG.info(
                    "frontend {}: {} {} to backend {}, {}",
                    frontend.name(),
                    frontend.protocol(),
                    Address.format(frontend.listen()),
                    frontend.backend(),
                    way(frontend)));
    config.stats().listen().ifPresent(at -> LOG.info("dashboard: http://{}/", Address.format(at)));
    LOG.info("ready: {}", data.collect(Collectors.joining("; ")));
  }

  private static String way(FrontendConfig frontend) {
    String mode = frontend.mode().name().toLowerCase(Locale.ROOT);
    if (frontend.mode() == Mode.DSR) {
      return mode + " by " + frontend.dsr().way().name().toLowerCase(Locale.ROOT);
    }
    return frontend.source() == Source.CLIENT ? mode + " with the client's address" : mode;
  }
}
