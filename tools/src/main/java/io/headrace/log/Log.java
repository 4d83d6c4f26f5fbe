package io.headrace.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/** The log of this process, on standard error. Any thread. */
public final class Log {
  /** What a line looks like. */
  public enum Format {
    TEXT,
    JSON
  }

  /** The lines that are written: those of this level and of those above it. */
  public enum Verbosity {
    ERROR,
    WARN,
    INFO,
    DEBUG;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final String OURS = "io.headrace";

  private Log() {}

  /** From now on; TEXT is what the log begins with. */
  public static void format(Format format) {
    Appender<ILoggingEvent> appender =
        context()
            .getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)
            .getAppender(LogConfigurator.APPENDER);
    if (format == Format.JSON
        && appender instanceof OutputStreamAppender<ILoggingEvent> stderr
        && stderr.getEncoder() instanceof EventEncoder encoder) {
      JsonLines lines = new JsonLines();
      lines.setContext(context());
      lines.start();
      encoder.setLines(lines);
    }
  }

  /** From now on, of what headrace itself logs. */
  public static void verbosity(Verbosity verbosity) {
    ours().setLevel(Level.toLevel(verbosity.name()));
  }

  /** What is written now. */
  public static Verbosity verbosity() {
    Level level = ours().getEffectiveLevel();
    return level.isGreaterOrEqual(Level.DEBUG)
        ? Verbosity.valueOf(level.levelStr)
        : Verbosity.DEBUG;
  }

  private static Logger ours() {
    return context().getLogger(OURS);
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }
}
