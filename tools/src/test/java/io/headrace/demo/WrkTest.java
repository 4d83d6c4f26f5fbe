package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.headrace.cli.CommandFailure;
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
        """;
    assertEquals(new Wrk(35_653.07, 54_321), Wrk.parse(output));
  }

  @Test
  void aRunWithoutErrorsHasNone() {
    assertEquals(new Wrk(12.5, 0), Wrk.parse("Requests/sec:     12.50\n"));
  }

  @Test
  void outputWithoutARateIsRefused() {
    assertThrows(CommandFailure.class, () -> Wrk.parse("unable to connect"));
  }
}
