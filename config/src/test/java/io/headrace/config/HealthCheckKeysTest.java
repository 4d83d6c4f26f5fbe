package io.headrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys of health checks, and of what follows from them. */
class HealthCheckKeysTest {
  private static final String GOOD =
      """
      [backends.pool.servers.a]
      addr = "10.0.0.1:80"
      [frontends.web]
      backend = "pool"
      listen_addr = "192.0.2.10:80"
      [backends.pool.health_check]
      """;

  @Test
  void everyKeyIsRead() throws ConfigException {
    HealthCheckConfig check =
        pool(GOOD
                + """
                    type = "https"
                    interval = "4s"
                    fast_interval = "500ms"
                    jitter = 10
                    timeout = "1s"
                    rise = 4
                    fall = 5
                    grace = "30s"
                    passive = 6
                    port = 8443
                    at = "server"
                    method = "HEAD"
                    path = "/health?deep=1"
                    host = "www.example.com"
                    expect_status = ["204", "300-302"]
                    expect_body = "well"
                    verify = true
                    [backends.pool.agent_check]
                    port = 9999
                    interval = "5s"
                    timeout = "500ms"
                    send = "hex:0a"
                    """)
            .healthCheck();
    assertEquals(
        new HealthCheckConfig(
            Duration.ofSeconds(4),
            Duration.ofMillis(500),
            10,
            Duration.ofSeconds(1),
            4,
            5,
            Duration.ofSeconds(30),
            6,
            OptionalInt.of(8443),
            HealthCheckConfig.At.SERVER,
            new ProbeConfig.Http(
                "HEAD",
                "/health?deep=1",
                Optional.of("www.example.com"),
                List.of(new StatusRange(204, 204), new StatusRange(300, 302)),
                Optional.of("well"),
                Optional.of(
                    new ProbeConfig.Tls(Optional.of("www.example.com"), true, Optional.empty()))),
            Optional.of(
                new AgentConfig(
                    9999,
                    Duration.ofSeconds(5),
                    Duration.ofMillis(500),
                    Optional.of(new Payload("hex:0a"))))),
        check);
  }

  @Test
  void whatDoesNotFitTheTypeIsRefused() {
    assertErrors(
        "path = '/'\ncommand = ['/x']\n",
        "7:8: path is a setting of type \"http\" or \"https\" alone",
        "8:11: command is a setting of type \"command\" alone");
    assertErrors("type = 'http'\nsni = 'x'\n", "8:7: sni is a setting of type \"https\" alone");
    assertErrors(
        "type = 'udp'\n",
        "6:1: [backends.pool.health_check] has no send; a server is asked by a datagram: add send ="
            + " \"ping\"");
    assertErrors(
        "type = 'command'\n",
        "6:1: [backends.pool.health_check] has no command to run; add command = [\"/path/of/it\"]");
    assertErrors(
        "type = 'https'\nverify = true\n",
        "6:1: [backends.pool.health_check] verifies a certificate and has no name for it; add sni ="
            + " \"NAME\"");
    assertErrors(
        "type = 'https'\nca_file = 'ca.pem'\n",
        "8:11: ca_file verifies nothing by itself; add verify = true",
        "8:11: ca_file ca.pem: no such file");
  }

  @Test
  void aFileOfAuthoritiesHasToHoldCertificates(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("ca.pem");
    String keys = "type = 'https'\nsni = 'x'\nverify = true\nca_file = '" + file + "'\n";
    assertErrors(keys, "10:11: ca_file " + file + ": no such file");
    Files.writeString(file, "");
    assertErrors(keys, "10:11: ca_file " + file + " holds no certificate");
    Files.writeString(file, "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n");
    assertErrors(keys, "10:11: ca_file " + file + " is no file of certificates in PEM");
  }

  @Test
  void wrongValuesAreTold() {
    assertErrors(
        "send = 'hex:1'\nexpect = ''\n",
        "7:8: send: \"hex:1\" is not hexadecimal; write two digits for each byte",
        "8:10: expect: it is empty; leave the key out");
    assertErrors(
        "type = 'http'\npath = 'health'\nexpect_status = ['2xx', '300-200']\n",
        "8:8: path: \"health\" is not a path, such as \"/health\"",
        "9:18: expect_status: \"2xx\" is no status; write \"204\", or \"200-399\" for a range",
        "9:25: expect_status: \"300-200\" ends before it begins");
    assertErrors(
        "interval = 0\npassive = 3\n",
        "8:11: passive needs checks, as nothing else would bring a server up again; give an interval"
            + " that is not 0");
  }

  @Test
  void whatHappensToConnectionsIsRead() throws ConfigException {
    BackendConfig pool =
        pool(
            GOOD
                + """
                [backends.pool]
                slow_start = "30s"
                panic_threshold = 40
                on_down = "reset"
                [backends.pool.servers.b]
                addr = "10.0.0.2:80"
                backup = true
                check_addr = "10.0.0.2:81"
                """);
    assertEquals(
        new BalanceConfig(SchedulerKind.MAGLEV, Duration.ofSeconds(30), 40, OnDown.RESET),
        pool.balance());
    assertEquals(true, pool.servers().get("b").backup());
    assertEquals(Optional.of(Address.parse("10.0.0.2:81")), pool.servers().get("b").checkAddress());
    assertEquals(BalanceConfig.DEFAULT, pool(GOOD).balance());
  }

  private static BackendConfig pool(String toml) throws ConfigException {
    return ConfigReader.read(toml, Path.of("headrace.toml"), Mode.PROXY).backends().get("pool");
  }

  private static void assertErrors(String keys, String... errors) {
    ConfigException wrong = assertThrows(ConfigException.class, () -> pool(GOOD + keys));
    assertEquals(
        List.of(errors),
        wrong.errors().stream()
            .map(error -> error.line() + ":" + error.column() + ": " + error.message())
            .toList());
  }
}
