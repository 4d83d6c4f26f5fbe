package io.headrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.config.ConfigException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that has a running balancer do something, and prints what was done. */
abstract class ControlCommand implements Callable<Integer> {
  private static final JsonFactory JSON = new JsonFactory();

  @Mixin private BalancerOptions balancer;

  @Option(names = "--json", description = "Print a JSON object for each thing done.")
  private boolean json;

  /** Does one thing. */
  void post(String path, Map<String, String> query) throws IOException, ConfigException {
    String done = balancer.post(path, query);
    if (json) {
      try (JsonGenerator out = JSON.createGenerator(System.out)) {
        out.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        out.writeStartObject();
        out.writeArrayFieldStart("done");
        for (String line : done.lines().toList()) {
          out.writeString(line);
        }
        out.writeEndArray();
        out.writeEndObject();
      }
      System.out.println();
    } else {
      System.out.println(done);
    }
  }
}
