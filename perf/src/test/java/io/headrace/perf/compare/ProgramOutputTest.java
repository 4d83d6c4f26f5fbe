package io.headrace.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.TestbedException;
import org.junit.jupiter.api.Test;

class ProgramOutputTest {
  private static final String WRK =
      """
      Running 1s test @ http://192.0.2.1:80/small
        1 threads and 64 connections
        Latency Distribution
           50%    0.90ms
           75%    1.20ms
           90%    1.80ms
           99%    3.26ms
        57934 requests in 1.00s, 12.43MB read
      %sRequests/sec:  57912.34
      Transfer/sec:     12.43MB
      """;

  @Test
  void wrkTellsHowManyRequestsAndHowFast() {
    assertEquals(new Wrk(57934, 57912.34, 3260), Wrk.parse(WRK.replace("%s", "")));
  }

  @Test
  void anErrorThatWrkCountsIsAFailure() {
    assertFails("Socket errors: connect 0, read 0, write 0, timeout 3");
    assertFails("Non-2xx or 3xx responses: 7");
  }

  private static void assertFails(String line) {
    String output = WRK.replace("%s", "  " + line + "\n");
    String message = assertThrows(TestbedException.class, () -> Wrk.parse(output)).getMessage();
    assertTrue(message.endsWith(line), message);
  }

  @Test
  void iperf3TellsWhatTheServerReceived() {
    String output =
        """
        {"start": {}, "intervals": [{"sum": {"bytes": 7, "bits_per_second": 7}}],
         "end": {"streams": [{"receiver": {"bytes": 8}}],
                 "sum_sent": {"bytes": 9, "bits_per_second": 9},
                 "sum_received": {"bytes": 1000, "bits_per_second": 8000.5}}}
        """;
    assertEquals(new StreamWorkload.Received(1000, 8000.5), StreamWorkload.parse(output));
    assertThrows(TestbedException.class, () -> StreamWorkload.parse("{}"));
    assertThrows(TestbedException.class, () -> StreamWorkload.parse("iperf3: error"));
  }
}
