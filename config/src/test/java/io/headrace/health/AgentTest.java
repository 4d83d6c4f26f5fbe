package io.headrace.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.headrace.registry.AdminState;
import io.headrace.registry.AgentReply;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The words of HAProxy's agents. */
class AgentTest {
  @Test
  void eachWordIsUnderstood() {
    assertReply("75%", null, null, 75);
    assertReply("up", null, true, -1);
    assertReply("down", null, false, -1);
    assertReply("stopped", null, false, -1);
    assertReply("fail#disk is full", null, false, -1);
    assertReply("ready", AdminState.READY, null, -1);
    assertReply("drain", AdminState.DRAIN, null, -1);
    assertReply("maint", AdminState.MAINTENANCE, null, -1);
  }

  @Test
  void severalWordsComeTogetherAndUnknownOnesAreSkipped() {
    assertReply("ready,up\t50% maxconn:30 hello", AdminState.READY, true, 50);
    assertReply("9999%", null, null, 1000);
    assertReply("", null, null, -1);
    assertReply("# down", null, null, -1);
  }

  private static void assertReply(String line, AdminState admin, Boolean up, int percent) {
    assertEquals(
        new AgentReply(
            line.replace('\t', '.'),
            Optional.ofNullable(admin),
            Optional.ofNullable(up),
            percent < 0 ? OptionalInt.empty() : OptionalInt.of(percent)),
        Agent.parse(line));
  }
}
