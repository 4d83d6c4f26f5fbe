package io.headrace.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;

/** An event as a JSON object on a line of its own. Thread-safe. */
public final class JsonLines extends EncoderBase<ILoggingEvent> {
  private static final JsonFactory JSON = new JsonFactory();
  private static final byte[] NOTHING = {};

  /** Writes the fields that an event has wherever it is told, into the object that is open. */
  public static void write(ILoggingEvent event, JsonGenerator json) throws IOException {
    json.writeStringField("time", event.getInstant().toString());
    json.writeStringField("level", event.getLevel().levelStr.toLowerCase(Locale.ROOT));
    json.writeStringField("message", event.getFormattedMessage());
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      write(event, json);
      String logger = event.getLoggerName();
      json.writeStringField("source", logger.substring(logger.lastIndexOf('.') + 1));
      json.writeStringField("thread", event.getThreadName());
      if (event.getThrowableProxy() instanceof ThrowableProxy proxy) {
        json.writeStringField("exception", proxy.getThrowable().toString());
        if (proxy.getStackTraceElementProxyArray().length > 0) {
          json.writeStringField("at", proxy.getThrowable().getStackTrace()[0].toString());
        }
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    line.write('\n');
    return line.toByteArray();
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
