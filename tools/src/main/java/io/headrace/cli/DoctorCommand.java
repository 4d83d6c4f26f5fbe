package io.headrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.config.Config;
import io.headrace.config.ConfigReader;
import io.headrace.doctor.Diagnosis;
import io.headrace.doctor.DiagnosisJson;
import io.headrace.doctor.DiagnosisText;
import io.headrace.doctor.Live;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headrace doctor}: why no packets arrive. */
@Command(
    name = "doctor",
    description = {
      "Find what is wrong on this machine and its network, and what mends it.",
      "The cause comes first. To be run as the user that the balancer runs as.",
      "Exit status: 0 healthy, 1 with problems, 2 when the configuration cannot be used."
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  private static final JsonFactory JSON = new JsonFactory();

  @Mixin private ConfigFile configuration;

  @Mixin private ModeOptions mode;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = "--live",
      description = {
        "Then follow one connection through the running balancer, and name the hop where it ends.",
        "Of mode proxy it is opened from here; of passthrough and dsr, a client has to connect."
      })
  private boolean live;

  @Option(
      names = "--frontend",
      paramLabel = "NAME",
      description = "With --live: through this frontend. Default: the first")
  private Optional<String> frontend;

  @Option(
      names = "--client",
      paramLabel = "ADDRESS",
      description = "With --live: a connection of this client. Default: the next that comes")
  private Optional<InetAddress> client;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "With --live: how long a client may take. Default: ${DEFAULT-VALUE}")
  private int wait;

  @Override
  public Integer call() throws Exception {
    Path file = configuration.path();
    Config config = ConfigReader.read(file, mode.chosen());
    List<Diagnosis> parts = new ArrayList<>(List.of(Diagnosis.make(file, config)));
    if (!json) {
      System.out.print(DiagnosisText.of(parts.getFirst()));
    }
    if (live) {
      Live.Wish wish = new Live.Wish(frontend, client, Duration.ofSeconds(wait));
      parts.add(Live.follow(file, config, wish, Failures::say));
      if (!json) {
        System.out.print("\n" + DiagnosisText.of(parts.getLast()));
      }
    }
    if (json) {
      print(parts);
    }
    return parts.stream().allMatch(Diagnosis::isHealthy) ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private static void print(List<Diagnosis> parts) throws IOException {
    try (JsonGenerator out = JSON.createGenerator(System.out)) {
      out.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET).useDefaultPrettyPrinter();
      out.writeStartObject();
      out.writeBooleanField("healthy", parts.stream().allMatch(Diagnosis::isHealthy));
      DiagnosisJson.write("findings", parts.getFirst(), out);
      if (parts.size() > 1) {
        DiagnosisJson.write("hops", parts.getLast(), out);
      }
      out.writeEndObject();
    }
    System.out.println();
  }
}
