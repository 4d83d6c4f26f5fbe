package io.headrace.admin;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.CyclicBufferAppender;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.log.JsonLines;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * The page of what happened lately: the newest lines of the log, oldest first, as a JSON array. Any
 * thread.
 */
public final class EventsPage implements Site.Page, AutoCloseable {
  public static final String PATH = "/events";

  private static final int KEPT = 100;
  private static final JsonFactory JSON = new JsonFactory();

  private final Logger log = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final CyclicBufferAppender<ILoggingEvent> newest = new CyclicBufferAppender<>();

  /** Keeps what is logged from now on. */
  public EventsPage() {
    ThresholdFilter filter = new ThresholdFilter();
    filter.setLevel(Level.INFO.levelStr);
    filter.start();
    newest.addFilter(filter);
    newest.setMaxSize(KEPT);
    newest.setContext(log.getLoggerContext());
    newest.start();
    log.addAppender(newest);
  }

  @Override
  public Media media() {
    return Media.JSON;
  }

  @Override
  public void write(Map<String, String> query, OutputStream out) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter()) {
      json.writeStartArray();
      for (ILoggingEvent event : events()) {
        json.writeStartObject();
        JsonLines.write(event, json);
        json.writeEndObject();
      }
      json.writeEndArray();
    }
  }

  private List<ILoggingEvent> events() {
    // Its own lock for what is appended.
    synchronized (newest) {
      List<ILoggingEvent> events = new ArrayList<>();
      for (int i = 0; i < newest.getLength(); i++) {
        events.add(newest.get(i));
      }
      return events;
    }
  }

  /** Keeps nothing more. */
  @Override
  public void close() {
    log.detachAppender(newest);
  }
}
