package io.headrace.admin;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.config.ProxyConfig;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.forward.Hop;
import io.headrace.passthrough.Counters;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.FlowTime;
import io.headrace.proxy.Proxy;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever reads that a server is down may rely on it: no new connection goes there. */
class StatisticsTest {
  private Registry registry;
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
            Counters.allocate());
  }

  @AfterEach
  void close() {
    passthrough.close();
  }

  @Test
  void aServerIsUpUntilTheDataPathKnowsBetter() throws IOException {
    update();
    registry.report(server(), false);
    assertTrue(stats().contains("\"192.0.2.21:80\" : true"), stats());
    update();
    assertTrue(stats().contains("\"192.0.2.21:80\" : false"), stats());
  }

  @Test
  void aServerThatTheDataPathDoesNotKnowYetIsDown() throws IOException {
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
    Statistics.write(
        registry.snapshot(),
        Optional.of(passthrough),
        0,
        new Proxy(ProxyConfig.DEFAULT, registry, _ -> {}),
        out);
    return out.toString();
  }
}
