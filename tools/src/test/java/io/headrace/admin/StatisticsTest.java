package io.headrace.admin;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.balancer.NamesOfIds;
import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.counters.Counters;
import io.headrace.forward.Hop;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.FlowTime;
import io.headrace.registry.AdminState;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever reads that a server is down may rely on it: no new connection goes there. */
class StatisticsTest {
  private final Counters counters = Counters.inMemory();
  private Registry registry;
  private NamesOfIds names;
  private Passthrough passthrough;

  @BeforeEach
  void open() throws ConfigException {
    Config config =
        ConfigReader.read(
            """
            [frontends.web]
            listen_addr = "192.0.2.1:80"
            backend = "web"
            [backends.web]
            health_check = { fall = 1 }
            [backends.web.servers.one]
            addr = "192.0.2.21:80"
            """,
            Path.of("config.toml"),
            Mode.PASSTHROUGH);
    registry = new Registry(config);
    BitSet ports = new BitSet();
    ports.set(10_000, 20_000);
    passthrough =
        new Passthrough(
            config.passthrough(),
            List.of(),
            FlowTime.OF_FRAMES,
            FlowHash.fixed(),
            ports,
            _ -> FlowStore.NONE,
            Optional.empty(),
            counters);
    names = new NamesOfIds(registry, counters);
  }

  @AfterEach
  void close() {
    passthrough.close();
  }

  @Test
  void aServerIsUpUntilTheDataPathKnowsBetter() throws IOException {
    update();
    registry.report(server(), false, "refused");
    assertTrue(stats().contains("\"192.0.2.21:80\" : true"), stats());
    update();
    assertTrue(stats().contains("\"192.0.2.21:80\" : false"), stats());
  }

  @Test
  void aServerThatTheDataPathDoesNotKnowYetIsDown() throws IOException {
    assertTrue(stats().contains("\"192.0.2.21:80\" : false"), stats());
  }

  @Test
  void theStateOfAServerIsToldWithItsReasonAndWhatTheOperatorWants() throws Exception {
    update();
    assertTrue(stats().contains("\"state\" : \"up\""), stats());
    registry.admin("web", "one", AdminState.DRAIN, "for a new disk");
    registry.weight("web", "one", OptionalInt.of(7));
    Matcher state =
        Pattern.compile(
                "\"server_states\" : \\{\\s*\"192.0.2.21:80\" : \\{\\s*\"name\" : \"one\",\\s*"
                    + "\"state\" : \"draining\",\\s*\"reason\" : \"for a new disk\",\\s*"
                    + "\"since\" : \"(.*)\",\\s*\"admin\" : \"drain\",\\s*\"weight\" : 7")
            .matcher(stats());
    assertTrue(state.find(), stats());
    Instant since = Instant.parse(state.group(1));
    assertTrue(Duration.between(since, Instant.now()).abs().toMinutes() < 1, since::toString);
    assertTrue(stats().contains("\"192.0.2.21:80\" : false"), stats());
  }

  private Server server() {
    return registry.snapshot().pools().getFirst().servers().getFirst();
  }

  private void update() {
    passthrough.tables().update(registry.snapshot(), _ -> Hop.UNRESOLVED, Set.of());
  }

  private String stats() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    names.update();
    Statistics.write(counters.view(), out);
    return out.toString();
  }
}
