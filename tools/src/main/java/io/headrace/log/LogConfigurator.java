package io.headrace.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * What Logback finds as its configuration: lines of text on standard error, as standard output
 * belongs to data. In code, since reading XML took a twentieth of the time of a start.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {
  static final String APPENDER = "stderr";

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    EventEncoder encoder = new EventEncoder();
    encoder.setContext(context);
    encoder.setLines(new TextLines());
    encoder.start();
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setName(APPENDER);
    stderr.setContext(context);
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder);
    stderr.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(stderr);
    // Chronicle tells a story about every map that it opens, and warns of each recovery, though
    // ours has the exclusive access that it asks for.
    context.getLogger("net.openhft").setLevel(Level.ERROR);
    context.getLogger("org.pcap4j").setLevel(Level.WARN);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
