package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.headrace.testbed.Result;
import org.junit.jupiter.api.Test;

class WrkTest {
  @Test
  void rateAndErrorsAreRead() {
    String output =
        """
        Running 2s test @ http://192.0.2.1:80/
          71443 requests in 2.00s, 11.72MB read
          Socket errors: connect 1, read 20, write 300, timeout 4000
          Non-2xx or 3xx responses: 50000
        Requests/sec:  35653.07
        Transfer/sec:      5.85MB
        Wrong bodies: 7
        """;
    Wrk run = run(output);
    assertEquals(new Wrk(35_653.07, 54_321, 7, ""), run);
    assertEquals("54,321 errors, 7 wrong bodies", run.problem());
  }

  @Test
  void aRunWithoutErrorsHasNone() {
    Wrk run = run("Requests/sec:     12.50\nWrong bodies: 0\n");
    assertEquals(new Wrk(12.5, 0, 0, ""), run);
    assertEquals("", run.problem());
  }

  @Test
  void aRunWithoutAnswersIsAProblem() {
    assertEquals("no answers", run("Requests/sec:      0.00\n").problem());
  }

  @Test
  void aRunThatFailsSaysWhy() {
    String reason = "unable to connect to 192.0.2.21:80 Connection refused";
    assertEquals("wrk failed: " + reason, Wrk.of(new Result(1, "", reason + "\n")).problem());
    assertEquals("wrk failed: ...", run("...").problem());
  }

  private static Wrk run(String output) {
    return Wrk.of(new Result(0, output, ""));
  }
}
