package io.headrace.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ShortagesTest {
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Shortages shortages = new Shortages();
  private long nowNs = Long.MAX_VALUE - 1000;

  @BeforeEach
  void listen() {
    log.start();
    ((Logger) LoggerFactory.getLogger(Shortages.class)).addAppender(log);
  }

  @AfterEach
  void stopListening() {
    ((Logger) LoggerFactory.getLogger(Shortages.class)).detachAppender(log);
  }

  @Test
  void aShortageIsSaidWhenItBeginsAndOnceAMinuteWhileItLasts() {
    say("no port", 0);
    assertEquals(List.of(), lines());
    say("no port", 3);
    say("no port", 9);
    say("no room", 1);
    assertEquals(List.of(line("no port", 3), line("no room", 1)), lines());
    nowNs += Duration.ofMinutes(1).toNanos();
    say("no room", 1);
    say("no port", 9);
    say("no port", 10);
    assertEquals(List.of(line("no port", 3), line("no room", 1), line("no port", 9)), lines());
  }

  private void say(String what, long dropped) {
    shortages.say(what, "get more", dropped, nowNs);
  }

  private static String line(String what, long dropped) {
    return what + ": " + dropped + " new connections were dropped so far; get more";
  }

  private List<String> lines() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
