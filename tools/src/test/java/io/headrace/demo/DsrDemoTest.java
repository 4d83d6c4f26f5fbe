package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.RequiresTestbed;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@RequiresTestbed
class DsrDemoTest {
  @Test
  void theDemoOfModeDsrGoesWellAndShowsThatAnswersDoNotCrossTheBalancer() throws Exception {
    ByteArrayOutputStream progress = new ByteArrayOutputStream();
    DsrReport report = DsrDemo.run(new Progress(new PrintStream(progress), false));

    assertEquals(List.of(), report.problems(), progress::toString);
    assertTrue(report.kept().requests() > 0);
    assertTrue(report.through().balancerSent() > report.through().bytes(), report::toString);
    assertTrue(report.past().balancerSent() < report.past().bytes() / 10, report::toString);
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    report.print(new PrintStream(shown));
    assertTrue(
        shown.toString().contains(Text.bytes(report.past().balancerReceived())), shown::toString);
    assertEquals(
        List.of(),
        (progress.toString() + shown).lines().filter(line -> line.length() > 80).toList());
    assertTrue(report.json().contains("\"good\" : true"), report.json());
  }

  @Test
  void answersThatCrossedTheBalancerAreAProblem() {
    Summary none = new Tally().summary();
    DsrReport.Downloads crossed = new DsrReport.Downloads(1_000, "", 1_100, 1_050, 1_050);
    DsrReport report =
        new DsrReport("192.0.2.10", none, none, List.of(), Map.of(), crossed, crossed);
    assertEquals(List.of("answers crossed the balancer in mode dsr"), report.problems());
  }
}
