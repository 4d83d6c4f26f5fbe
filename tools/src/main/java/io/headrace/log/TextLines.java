package io.headrace.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An event as one line for people, whatever is in it. Of an exception the first frame is enough to
 * find it. Thread-safe.
 */
final class TextLines extends EncoderBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final Pattern LINE_BREAKS = Pattern.compile("\\s*[\r\n]+\\s*");
  private static final byte[] NOTHING = {};

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder text = new StringBuilder(event.getFormattedMessage());
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      text.append(' ').append(thrown.getClassName()).append(": ").append(thrown.getMessage());
      if (thrown.getStackTraceElementProxyArray().length > 0) {
        text.append('\n').append(thrown.getStackTraceElementProxyArray()[0]);
      }
    }
    return "%s %-5s %s\n"
        .formatted(
            TIME.format(event.getInstant()),
            event.getLevel(),
            LINE_BREAKS.matcher(text.toString().strip()).replaceAll(" | "))
        .getBytes(StandardCharsets.UTF_8);
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
