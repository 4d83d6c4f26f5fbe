package io.headrace.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Snapshot;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where servers are checked: by each way that their traffic goes. */
class DestinationTest {
  /** A frontend's id is the last byte. */
  private static final Detour DETOUR =
      (frontend, _, _) -> Optional.of(InetAddress.ofLiteral("198.18.0." + frontend));

  @ParameterizedTest(name = "[{0}] [{1}] {2}: {3}")
  @CsvSource({
    "mode = 'proxy',,,192.0.2.21:80",
    "dsr = 'nat',,,192.0.2.21:80",
    "dsr = 'l2',,,192.0.2.100:80 by 198.18.0.0:80",
    "dsr = 'ipip',,type = 'http',192.0.2.100:80 by 198.18.0.0:80",
    "dsr = 'gue',,port = 81,192.0.2.100:81 by 198.18.0.0:81",
    "dsr = 'l2',dsr = 'l2',,192.0.2.100:80 by 198.18.0.0:80 192.0.2.101:80 by 198.18.0.1:80",
    "dsr = 'l2',mode = 'proxy',,192.0.2.100:80 by 198.18.0.0:80 192.0.2.21:80",
    "dsr = 'l2',,at = 'server',192.0.2.21:80",
    "dsr = 'l2',,'type = \"command\", command = [\"true\"]',192.0.2.21:80",
    "dsr = 'l2',,'type = \"udp\", send = \"x\"',192.0.2.21:80",
    "dsr = 'l2',dsr = 'l2' protocol = 'udp',,192.0.2.100:80 by 198.18.0.0:80",
    "dsr = 'l2',dsr = 'l2' protocol = 'udp','type = \"udp\", send = \"x\"',192.0.2.101:80 by 198.18.0.1:80",
  })
  void ofAServer(String one, String other, String check, String expected) {
    assertEquals(expected, places(read(one, other, check, "")));
  }

  @Test
  void whatAServerHasOfItsOwnGoesFirst() {
    assertEquals(
        "192.0.2.21:9", places(read("dsr = 'l2'", null, null, ", check_addr = '192.0.2.21:9'")));
  }

  private static String places(Config config) {
    Snapshot snapshot = new Registry(config).snapshot();
    Server server = snapshot.pools().getFirst().servers().getFirst();
    return Destination.of(snapshot.services(), config.backends().get("pool"), server).stream()
        .map(each -> each.place(DETOUR, server))
        .map(DestinationTest::text)
        .collect(Collectors.joining(" "));
  }

  private static String text(Place place) {
    String asked = Address.format(place.asked());
    return place.isByDetour() ? asked + " by " + Address.format(place.connected()) : asked;
  }

  private static Config read(String one, String other, String check, String server) {
    String toml =
        frontend("a", "192.0.2.100", one)
            + (other == null ? "" : frontend("b", "192.0.2.101", other))
            + "backends.pool.health_check = { interval = 2, %s }\n"
                .formatted(check == null ? "rise = 2" : check)
            + "backends.pool.servers.s = { addr = '192.0.2.21:80'%s }\n".formatted(server);
    try {
      return ConfigReader.read(toml, Path.of("test.toml"), Mode.DSR);
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static String frontend(String name, String address, String keys) {
    return "frontends.%s = { listen_addr = '%s:80', backend = 'pool', %s }\n"
        .formatted(name, address, keys.replace("' ", "', "));
  }
}
