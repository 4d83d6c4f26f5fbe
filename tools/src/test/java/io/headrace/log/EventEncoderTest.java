package io.headrace.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the log writes of events, line by line. */
class EventEncoderTest {
  private static final long NOON = 1_780_000_000_000L;

  private final EventEncoder encoder = new EventEncoder();

  EventEncoderTest() {
    encoder.setLines(new JsonLines());
  }

  private static LoggingEvent event(long time, String message, Object... values) {
    LoggingEvent event = new LoggingEvent();
    event.setLoggerName("io.headrace.health.HealthChecker");
    event.setLevel(Level.WARN);
    event.setTimeStamp(time);
    event.setThreadName("check");
    event.setMessage(message);
    event.setArgumentArray(values);
    return event;
  }

  private List<String> lines(ILoggingEvent event) {
    return new String(encoder.encode(event), StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void anEventIsOneLineOfJsonInUtc() {
    LoggingEvent event = event(NOON, "server {} is\n\"down\"", "web/one");
    event.setThrowableProxy(new ThrowableProxy(new IllegalStateException("two\nlines")));
    List<String> lines = lines(event);
    assertEquals(1, lines.size());
    assertTrue(
        lines
            .getFirst()
            .startsWith(
                "{\"time\":\"2026-05-28T20:26:40Z\",\"level\":\"warn\","
                    + "\"message\":\"server web/one is\\n\\\"down\\\"\","
                    + "\"source\":\"HealthChecker\",\"thread\":\"check\","
                    + "\"exception\":\"java.lang.IllegalStateException: two\\nlines\","
                    + "\"at\":\"io.headrace.log.EventEncoderTest"),
        lines::toString);
  }

  @Test
  void anEventIsOneLineOfTextInUtc() {
    encoder.setLines(new TextLines());
    LoggingEvent event = event(NOON, "server {} is\n\t\"down\"\r\n", "web/one");
    event.setThrowableProxy(new ThrowableProxy(new IllegalStateException("two\nlines")));
    List<String> lines = lines(event);
    assertEquals(1, lines.size());
    assertTrue(
        lines
            .getFirst()
            .startsWith(
                "2026-05-28T20:26:40.000Z WARN  server web/one is | \"down\" |"
                    + " java.lang.IllegalStateException: two | lines"
                    + " | at io.headrace.log.EventEncoderTest"),
        lines::toString);
  }

  @Test
  void aFloodOfOneKindIsCutAndCounted() {
    int written = 0;
    for (int i = 0; i < 1000; i++) {
      written += lines(event(NOON + i / 2, "{} is dropped", i)).size();
    }
    assertEquals(100, written);
    assertEquals(1, lines(event(NOON + 500, "another kind")).size());

    List<String> after = lines(event(NOON + 1500, "{} is dropped", 1000));
    assertEquals(2, after.size(), after::toString);
    assertTrue(
        after.getFirst().contains("900 more lines in one second are left out, as this one: 0 is"),
        after::toString);
    assertTrue(after.getLast().contains("1000 is dropped"), after::toString);
  }
}
