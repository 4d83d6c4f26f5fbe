package io.headrace.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class FaultLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(FaultLog.class);
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final Counters counters = Counters.inMemory();
  private final FaultLog faults = new FaultLog(counters);

  @BeforeEach
  void listen() {
    logged.start();
    logger.addAppender(logged);
    logger.setAdditive(false);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(logged);
    logger.setAdditive(true);
  }

  @Test
  void everyFaultIsCountedAndOneOfAKindIsLogged() {
    for (int i = 0; i < 1000; i++) {
      faults.add("worker-0", fault());
    }
    assertEquals(1000, counters.view().counts().sum(Metric.STAGE_FAULTS));
    assertEquals(1000, counters.view().errors().getFirst().count());
    assertEquals(1, logged.list.size());
  }

  @Test
  void anotherStageIsAnotherKind() {
    faults.add("worker-0", fault());
    faults.add("worker-1", fault());
    assertEquals(2, logged.list.size());
  }

  private static IllegalStateException fault() {
    return new IllegalStateException("as a test");
  }
}
