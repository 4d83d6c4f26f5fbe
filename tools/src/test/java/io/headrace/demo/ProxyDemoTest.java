package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ProxyDemoTest {
  @Test
  @Tag("network") // It needs none, but takes its time.
  void theDemoOfModeProxyGoesWell() throws Exception {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    ProxyReport report = ProxyDemo.run(new Progress(new PrintStream(said), false));
    assertEquals(List.of(), report.problems(), said::toString);
    assertTrue(report.json().contains("\"good\" : true"));
  }
}
