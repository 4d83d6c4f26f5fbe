package io.headrace.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Writes an event as a line, and of one kind 100 a second at most: what floods the balancer must
 * not flood its log. A kind is a message before its values are filled in. How many were left out is
 * said when the second is over and something is logged again. Thread-safe.
 */
public final class EventEncoder extends EncoderBase<ILoggingEvent> {
  private static final int MOST = 100;
  private static final long WINDOW_MS = 1000;
  private static final byte[] NOTHING = {};

  /** The lines of one kind in one second. */
  private static final class Window {
    final long begin;
    final ILoggingEvent first;
    long lines;

    Window(ILoggingEvent first) {
      this.begin = first.getTimeStamp();
      this.first = first;
    }

    boolean isOver(long now) {
      return now - begin >= WINDOW_MS || now < begin;
    }
  }

  private final Map<String, Window> windows = new HashMap<>();
  private Encoder<ILoggingEvent> lines;

  /**
   * @param encoder what a line looks like
   */
  public synchronized void setLines(Encoder<ILoggingEvent> encoder) {
    lines = encoder;
  }

  @Override
  public synchronized byte[] encode(ILoggingEvent event) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Iterator<Window> each = windows.values().iterator(); each.hasNext(); ) {
      Window window = each.next();
      if (window.isOver(event.getTimeStamp())) {
        each.remove();
        if (window.lines > MOST) {
          out.writeBytes(lines.encode(leftOut(window, event.getTimeStamp())));
        }
      }
    }
    Window window =
        windows.computeIfAbsent(event.getLoggerName() + event.getMessage(), _ -> new Window(event));
    if (++window.lines <= MOST) {
      out.writeBytes(lines.encode(event));
    }
    return out.toByteArray();
  }

  private ILoggingEvent leftOut(Window window, long now) {
    LoggingEvent told = new LoggingEvent();
    told.setLoggerName(window.first.getLoggerName());
    told.setLevel(Level.WARN);
    told.setTimeStamp(now);
    told.setThreadName(window.first.getThreadName());
    told.setMessage(
        "%d more lines in one second are left out, as this one: %s"
            .formatted(window.lines - MOST, window.first.getFormattedMessage()));
    return told;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
