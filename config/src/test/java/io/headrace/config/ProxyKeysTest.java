package io.headrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.headrace.config.ProxyBackendConfig.SendProxy;
import io.headrace.config.ProxyConfig.Io;
import io.headrace.config.ProxyConfig.LogFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The keys that mode proxy has beyond the others. */
class ProxyKeysTest {
  private static final String GOOD =
      """
      [backends.pool.servers.a]
      addr = "10.0.0.1:80"
      [frontends.web]
      backend = "pool"
      listen_addr = "192.0.2.10:80"
      """;

  private static Config read(String toml) throws ConfigException {
    return ConfigReader.read(toml, Path.of("dir", "headrace.toml"), Mode.PROXY);
  }

  private static void assertErrors(String toml, String... errors) {
    ConfigException wrong = assertThrows(ConfigException.class, () -> read(toml));
    assertEquals(
        List.of(errors),
        wrong.errors().stream()
            .map(error -> error.line() + ":" + error.column() + ": " + error.message())
            .toList());
  }

  @Test
  void whatTheFileLeavesOutHasItsDefault() throws ConfigException {
    Config config = read(GOOD);
    assertEquals(ProxyConfig.DEFAULT, config.proxy());
    assertEquals(ProxyFrontendConfig.defaults(Protocol.TCP), config.frontends().get("web").proxy());
    assertEquals(ProxyBackendConfig.DEFAULT, config.backends().get("pool").proxy());
    assertEquals(
        Duration.ofSeconds(60),
        read(GOOD + "protocol = 'udp'").frontends().get("web").proxy().idleTimeout());
  }

  @Test
  void everyKeyIsRead() throws ConfigException {
    Config config =
        read(
            GOOD
                + """
                max_connections = 100
                queue_size = 5
                queue_timeout = "2s"
                idle_timeout = "1m"
                allow = ["192.0.2.0/24", "::1"]
                deny = ["192.0.2.66"]
                connection_rate = 50
                accept_proxy = true
                trusted_cidrs = ["10.0.0.0/8"]
                sni = { "A.example" = "pool", "*.b.example" = "other" }
                [backends.other]
                connect_timeout = "500ms"
                retries = 4
                send_proxy = "v2"
                queue_size = 0
                [backends.other.servers.b]
                addr = "10.0.0.2:80"
                max_connections = 7
                [proxy]
                io = "nio"
                event_loops = 3
                drain_timeout = "5s"
                access_log = "access.log"
                access_log_format = "json"
                """);
    assertEquals(
        new ProxyFrontendConfig(
            100,
            new QueueConfig(5, Duration.ofSeconds(2)),
            Duration.ofMinutes(1),
            List.of(Cidr.parse("192.0.2.0/24"), Cidr.parse("::1")),
            List.of(Cidr.parse("192.0.2.66")),
            50,
            true,
            List.of(Cidr.parse("10.0.0.0/8")),
            Map.of("a.example", "pool", "*.b.example", "other")),
        config.frontends().get("web").proxy());
    assertEquals(
        new ProxyBackendConfig(
            Duration.ofMillis(500), 4, SendProxy.V2, new QueueConfig(0, Duration.ofSeconds(5))),
        config.backends().get("other").proxy());
    assertEquals(7, config.backends().get("other").servers().get("b").maxConnections());
    assertEquals(
        new ProxyConfig(
            Io.NIO,
            3,
            Duration.ofSeconds(5),
            Optional.of(Path.of("dir", "access.log")),
            LogFormat.JSON),
        config.proxy());
  }

  @Test
  void aSchedulerIsChosenByItsName() throws ConfigException {
    assertEquals(SchedulerKind.MAGLEV, read(GOOD).backends().get("pool").balance().scheduler());
    assertEquals(
        SchedulerKind.LEAST_CONNECTIONS,
        read(GOOD + "[backends.pool]\nscheduler = 'least_connections'\n")
            .backends()
            .get("pool")
            .balance()
            .scheduler());
    assertErrors(
        GOOD + "[backends.pool]\nscheduler = 'fastest'\n",
        "7:13: scheduler must be \"round_robin\", \"random\", \"least_connections\","
            + " \"two_choices\", \"maglev\", \"rendezvous\", \"source\" or \"bounded_load\", not"
            + " \"fastest\"");
  }

  @Test
  void aKeyOfProxyIsRefusedInPassthroughAndOneOfTcpOverUdp() {
    assertErrors(
        GOOD + "mode = 'passthrough'\nmax_connections = 3\nsni = {}\n",
        "7:19: max_connections is a setting of mode \"proxy\" alone",
        "8:7: sni is a setting of mode \"proxy\" alone");
    assertErrors(
        GOOD + "protocol = 'udp'\naccept_proxy = true\n",
        "7:16: accept_proxy is a setting of protocol \"tcp\" alone");
  }

  @Test
  void aHeaderIsAcceptedOnlyWithThoseWhoAreTrusted() {
    assertErrors(
        GOOD + "accept_proxy = true\n",
        "6:16: accept_proxy needs trusted_cidrs, the addresses whose word on the client is taken;"
            + " add trusted_cidrs = [\"192.0.2.0/24\"]");
    assertErrors(
        GOOD + "trusted_cidrs = ['10.0.0.0/8']\n",
        "3:1: trusted_cidrs has no effect without accept_proxy = true");
  }

  @Test
  void aWrongListTellsItsEntries() {
    assertErrors(
        GOOD + "allow = ['10.0.0.0/8', 3, 'x']\ndeny = 'y'\n",
        "6:24: allow must hold strings, not the integer 3",
        "6:27: allow: \"x\" is not a range of addresses; write it as \"192.0.2.0/24\"",
        "7:8: deny must be an array of strings, not the string \"y\"");
  }

  @Test
  void aWrongNameAndABackendThatIsNotThereAreToldForSni() {
    assertErrors(
        GOOD + "sni = { 'a.example' = 'poll', 'b example' = 'pool' }\n",
        "6:23: backend \"poll\" is not defined; did you mean \"pool\"?",
        "6:45: \"b example\" is not a host name; write \"www.example.com\", or \"*.example.com\" for"
            + " all below it (in quotes)");
  }

  @Test
  void everyAddressMayBeListenedOnOverTcpAndOneOverUdp() throws ConfigException {
    read(GOOD.replace("192.0.2.10", "0.0.0.0"));
    read(GOOD.replace("192.0.2.10", "[::]"));
    assertErrors(
        GOOD.replace("192.0.2.10", "0.0.0.0") + "protocol = 'udp'\n",
        "5:15: 0.0.0.0:80 is every address, and answers over UDP must come from the one that was"
            + " asked; write the address that clients send to, such as \"192.0.2.10:80\"");
  }

  @Test
  void aServerWhereItsFrontendListensIsRefused() {
    assertErrors(
        GOOD.replace("10.0.0.1", "192.0.2.10"),
        "2:8: 192.0.2.10:80 is where frontend \"web\" listens; a server listens elsewhere");
  }
}
