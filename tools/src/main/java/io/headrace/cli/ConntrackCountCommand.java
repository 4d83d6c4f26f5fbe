package io.headrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.headrace.config.ConfigException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headrace conntrack count}: how many there are, and what was counted. */
@Command(
    name = "count",
    description = {
      "Count connections by state.",
      "Without a filter, of a running balancer: what else its flow table counts, too."
    },
    mixinStandardHelpOptions = true)
final class ConntrackCountCommand implements Callable<Integer> {
  private static final JsonFactory JSON = new JsonFactory();

  @Mixin private FlowOptions flows;

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Override
  public Integer call() throws ConfigException, IOException {
    FlowAnswers answers = flows.answers();
    String counts = answers.count();
    if (json) {
      System.out.println(counts);
    } else {
      try (JsonParser parser = JSON.createParser(counts)) {
        parser.nextToken();
        print(parser);
      }
    }
    answers.requireWhole();
    return 0;
  }

  private static void print(JsonParser counts) throws IOException {
    while (counts.nextToken() == JsonToken.FIELD_NAME) {
      String name = counts.currentName();
      if (counts.nextToken() == JsonToken.START_OBJECT) {
        Map<String, Long> parts = new LinkedHashMap<>();
        while (counts.nextToken() == JsonToken.FIELD_NAME) {
          parts.put(counts.currentName(), counts.nextLongValue(0));
        }
        line(name, parts.values().stream().mapToLong(each -> each).sum());
        parts.values().removeIf(count -> count == 0);
        parts.forEach((part, count) -> line("  " + part, count));
      } else {
        line(name, counts.getLongValue());
      }
    }
  }

  private static void line(String name, long count) {
    System.out.println(String.format(Locale.ROOT, "%-24s %,15d", name, count));
  }
}
