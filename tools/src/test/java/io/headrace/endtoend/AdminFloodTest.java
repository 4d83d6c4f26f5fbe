package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Whatever is sent to the admin port, connections go through as if nobody had asked. */
@RequiresTestbed
class AdminFloodTest {
  private static final int PROXY_PORT = 8080;
  private static final int REQUESTS = 150;
  private static final Pattern REFUSED = Pattern.compile("refused: (\\d+)\n");

  @Test
  void badRequestsOfEveryKindKeepNoConnectionWaiting() throws IOException {
    try (Testbed bed = Testbed.oneArm(2)) {
      bed.servers().forEach(NginxServer::start);
      Host box = bed.balancer();
      Files.writeString(box.directory().resolve("token"), "0123456789abcdef");
      String proxied = box.address() + ":" + PROXY_PORT;
      Setup setup =
          Setup.http(bed, "packet")
              .also(
                  """
                  [control]
                  token_file = "token"
                  [frontends.proxied]
                  listen_addr = "%s"
                  mode = "proxy"
                  backend = "pool"
                  """
                      .formatted(proxied));
      RunningBalancer balancer = RunningBalancer.start(box, setup);
      LongConnection connection = LongConnection.open(bed.client(), box.address());

      HostProcess flood = JavaProgram.start(box, AdminFlood.class, "127.0.0.1", Setup.STATS_PORT);
      Eventually.isTrue("the flood runs", () -> refused(flood) > 100, flood::output);
      long before = refused(flood);
      for (String frontend : new String[] {box.address(), proxied}) {
        Requests made = Requests.make(bed.client(), frontend, REQUESTS);
        assertEquals(REQUESTS, made.answered(), () -> made + balancer.log());
      }
      connection.goesOn();
      Eventually.isTrue(
          "the flood went on meanwhile", () -> refused(flood) > before + 100, flood::output);
      flood.kill();

      Eventually.isTrue("it answers again", () -> answers(box), balancer::log);
      assertEquals(0, balancer.number("missed"), balancer::stats);
      assertEquals(0, balancer.number("faults"), balancer::stats);
      assertFalse(balancer.stats().contains("\"state\" : \"draining\""), balancer::stats);
      assertFalse(balancer.log().contains("asked for by"), balancer::log);
      connection.goesOn();
      connection.close();
    }
  }

  private static boolean answers(Host box) {
    return box.run("curl", "-sSf", "--max-time", "10", "http://127.0.0.1:7000/readyz").ok();
  }

  private static long refused(HostProcess flood) {
    long refused = 0;
    for (Matcher said = REFUSED.matcher(flood.output()); said.find(); ) {
      refused = Long.parseLong(said.group(1));
    }
    return refused;
  }
}
