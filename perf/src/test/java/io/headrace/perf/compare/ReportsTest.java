package io.headrace.perf.compare;

import static io.headrace.perf.compare.Numbers.sample;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportsTest {
  private static final int COLUMNS = 100;

  @Test
  void thePictureIsXmlWithABarForEachThatDidNotFail() throws Exception {
    Results good = results();
    Results bad = results();
    bad.failed("headrace", "it ended");
    String svg = Picture.of(Numbers.MACHINE, Numbers.TIMING, List.of(good, bad, good));
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    assertEquals("svg", document.getDocumentElement().getTagName());
    assertEquals(5, document.getElementsByTagName("rect").getLength());
    assertTrue(document.getDocumentElement().getTextContent().contains("a <fast> & cheap one"));
  }

  @Test
  void theJsonHasEverySingleRun() throws IOException {
    String json = ResultJson.of(Numbers.MACHINE, Numbers.TIMING, List.of(results()));
    int rates = 0;
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      while (parser.nextToken() != null) {
        if (parser.currentToken().isNumeric() && parser.currentName().equals("rate")) {
          rates++;
        }
      }
    }
    assertEquals(4, rates);
  }

  @Test
  void theTableFitsATerminal() {
    String text = ResultText.of(results(), Numbers.TIMING);
    assertTrue(
        text.lines().anyMatch(line -> line.matches("headrace +2\\.00 +2\\.00 +2\\.00")), text);
    assertTrue(text.lines().allMatch(line -> line.length() <= COLUMNS), text);
  }

  @Test
  void theWidestTablesFitATerminalToo() {
    for (Scenario scenario : Scenarios.ALL) {
      Results results = new Results(scenario, scenario.contestants());
      for (String contestant : scenario.contestants()) {
        Map<Figure, Double> values =
            scenario.figures().stream().collect(Collectors.toMap(each -> each, _ -> 5_432.1));
        results.add(new Measurement(1, contestant, new Sample(values, 0)));
      }
      String text = ResultText.of(results, Numbers.TIMING);
      assertTrue(text.lines().allMatch(line -> line.length() <= COLUMNS), text);
    }
  }

  private static Results results() {
    Results results = Numbers.results();
    Numbers.add(results, 1, sample(1000, 0), sample(2000, 0.03));
    Numbers.add(results, 2, sample(1500, 0), sample(3000, 0));
    return results;
  }
}
