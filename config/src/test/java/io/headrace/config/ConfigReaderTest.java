package io.headrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.DsrConfig.Way;
import io.headrace.config.PassthroughConfig.Idle;
import io.headrace.config.PassthroughConfig.Io;
import io.headrace.config.PassthroughConfig.Offload;
import io.headrace.config.PassthroughConfig.OnUnknown;
import io.headrace.config.PassthroughConfig.PortRange;
import io.headrace.config.PassthroughConfig.Threading;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {
  private static final Path FILE = Path.of("dir", "headrace.toml");

  private static final String GOOD =
      """
      [frontends.web]
      listen_addr = "192.0.2.10:80"
      backend = "pool"
      [backends.pool.servers.a]
      addr = "10.0.0.1:80"
      """;

  private static final String ONE_FAMILY =
      " in passthrough both are of one family; use mode = \"proxy\" for this one";

  @TempDir private Path folder;

  @Test
  void aFileOfConveysShapeIsRead() throws ConfigException {
    Config config =
        read(
            """
            [frontends.tcp_80]
            listen_addr = "192.0.2.10:80"
            backend = "out"
              [frontends.tcp_80.xdp]
              bpf_program_path = "./kern.o"
              progsec_name = "filter"
              xsks_map_name = "map"

            [backends.out]
              health_check_interval = 3
              [backends.out.servers]
                [backends.out.servers.server1]
                addr = "10.0.0.1:8080"
                weight = 10
                [backends.out.servers.server2]
                addr = "10.0.0.2:8080"

            [backends.unused]
              health_check_interval = 300
              [backends.unused.servers.one]
              addr = "127.0.0.3:8083"

            [stats]
            port = "7000"

            [passthrough]
            connection_tracker_capacity = 3
            workers = 4
            stats_update_frequency = 5
            """);
    assertEquals(
        new FrontendConfig(
            "tcp_80",
            Address.parse("192.0.2.10:80"),
            Protocol.TCP,
            Mode.PASSTHROUGH,
            Source.NAT,
            "out",
            ProxyFrontendConfig.defaults(Protocol.TCP),
            DsrConfig.DEFAULT),
        config.frontends().get("tcp_80"));
    assertEquals(
        new ServerConfig(
            "server1",
            Address.parse("10.0.0.1:8080"),
            10,
            ProxyFrontendConfig.UNLIMITED,
            false,
            Optional.empty()),
        config.backends().get("out").servers().get("server1"));
    assertEquals(1, config.backends().get("out").servers().get("server2").weight());
    assertEquals(Duration.ofSeconds(3), config.backends().get("out").healthCheck().interval());
    assertEquals(Duration.ofSeconds(2), config.backends().get("unused").healthCheck().timeout());
    assertEquals(Optional.of(Address.parse("127.0.0.1:7000")), config.stats().listen());
    assertEquals(3, config.passthrough().connectionTrackerCapacity());
    assertEquals(4, config.passthrough().workers());
    assertEquals(Duration.ofSeconds(5), config.passthrough().statsUpdateFrequency());
  }

  @Test
  void whatTheFileLeavesOutHasItsDefault() throws ConfigException {
    Config config = read(GOOD);
    assertEquals(PassthroughConfig.DEFAULT, config.passthrough());
    assertEquals(new PortRange(10000, 32767), config.passthrough().natPorts());
    assertEquals(HealthCheckConfig.DEFAULT, config.backends().get("pool").healthCheck());
    assertEquals(Optional.empty(), config.stats().listen());
  }

  @Test
  void everyKeyOfPassthroughIsRead() throws ConfigException {
    Config config =
        read(
            GOOD
                + """
                [passthrough]
                io = "pcap"
                workers = 2
                threading = "dedicated"
                idle = "spin"
                offload = "off"
                ring_size = 4096
                connection_tracker_capacity = 5000
                connection_tracker_file = "flows.map"
                nat_ports = "20000-29999"
                source_addrs = ["10.0.0.3", "10.0.0.4"]
                max_half_open = 1000
                max_new_per_source = 50
                on_unknown = "hash"
                restart_grace = "2m"
                stats_update_frequency = "500ms"
                [passthrough.timeouts]
                syn_sent = 1
                syn_received = 2
                established = "3h"
                fin_client = 4
                fin_server = 5
                time_wait = 6
                reset = 7
                udp_unreplied = 8
                udp_replied = "9m"
                """);
    assertEquals(
        new PassthroughConfig(
            Io.PCAP,
            Offload.OFF,
            2,
            Threading.DEDICATED,
            Idle.SPIN,
            4096,
            5000,
            Path.of("dir", "flows.map"),
            new PortRange(20000, 29999),
            List.of(InetAddress.ofLiteral("10.0.0.3"), InetAddress.ofLiteral("10.0.0.4")),
            1000,
            50,
            OnUnknown.HASH,
            new Timeouts(
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofHours(3),
                Duration.ofSeconds(4),
                Duration.ofSeconds(5),
                Duration.ofSeconds(6),
                Duration.ofSeconds(7),
                Duration.ofSeconds(8),
                Duration.ofMinutes(9)),
            Duration.ofMinutes(2),
            Duration.ofMillis(500)),
        config.passthrough());
  }

  @Test
  void theHealthCheckTableComesBeforeConveysInterval() throws ConfigException {
    Config config =
        read(
            GOOD
                + """
                [backends.pool]
                health_check_interval = 3
                health_check = { interval = "500ms", timeout = "200ms", rise = 4, fall = 5 }
                """);
    HealthCheckConfig check = config.backends().get("pool").healthCheck();
    assertEquals(Duration.ofMillis(500), check.interval());
    assertEquals(Duration.ofMillis(200), check.timeout());
    assertEquals(4, check.rise());
    assertEquals(5, check.fall());
  }

  @Test
  void theTimeoutIsNeverLongerThanAShortInterval() throws ConfigException {
    Config config = read(GOOD + "[backends.pool]\nhealth_check_interval = 1\n");
    assertEquals(Duration.ofSeconds(1), config.backends().get("pool").healthCheck().timeout());
  }

  @Test
  void aPoolOfUdpFrontendsAloneIsNotCheckedOverTcpUnlessTheFileSaysSo() throws ConfigException {
    String udp = GOOD.replace("backend = \"pool\"", "backend = \"pool\"\nprotocol = \"udp\"");
    assertTrue(read(udp).backends().get("pool").healthCheck().interval().isZero());
    assertEquals(
        Duration.ofSeconds(3),
        read(udp + "[backends.pool]\nhealth_check_interval = 3\n")
            .backends()
            .get("pool")
            .healthCheck()
            .interval());
    String both = udp + "[frontends.tcp]\nlisten_addr = '192.0.2.10:80'\nbackend = 'pool'\n";
    assertEquals(HealthCheckConfig.DEFAULT, read(both).backends().get("pool").healthCheck());
  }

  @ParameterizedTest
  @ValueSource(strings = {"port = 7000", "port = \"7000\"", "listen_addr = \"127.0.0.1:7000\""})
  void theStatisticsPortMayBeANumberAStringOrAnAddress(String line) throws ConfigException {
    assertEquals(
        Optional.of(Address.parse("127.0.0.1:7000")),
        read(GOOD + "[stats]\n" + line).stats().listen());
  }

  @Test
  void theOrderOfTheFileIsKept() throws ConfigException {
    Config config =
        read(
            GOOD
                + """
                [backends.pool.servers.z]
                addr = "10.0.0.9:80"
                [backends.pool.servers.b]
                addr = "10.0.0.8:80"
                """);
    assertEquals(
        List.of("a", "z", "b"), List.copyOf(config.backends().get("pool").servers().keySet()));
  }

  @Test
  void aByteOrderMarkAndWindowsLineEndsAreTaken() throws ConfigException {
    assertEquals(read(GOOD), read("\uFEFF" + GOOD.replace("\n", "\r\n")));
  }

  @Test
  void everyErrorIsToldAtOnceInTheOrderOfTheFile() {
    assertErrors(
        """
        [frontends.web]
        listen_adr = "192.0.2.10:80"
        backend = "pol"
        [backends.pool]
        health_check = { rise = 0, fal = 3 }
        [backends.pool.servers]
        a = { addr = "web1:80", weight = "ten" }
        b = { weight = -1 }
        [pasthrough]
        """,
        "2:1: unknown key \"listen_adr\" in [frontends.web]; did you mean \"listen_addr\"?",
        "3:11: backend \"pol\" is not defined; did you mean \"pool\"?",
        "5:25: rise must be from 1 to 100, not 0",
        "5:28: unknown key \"fal\" in [backends.pool.health_check]; did you mean \"fall\"?",
        "7:14: addr: \"web1:80\" names a host; write its IP address: names are not looked up,"
            + " because a name may change its address under live connections",
        "7:34: weight must be an integer, not the string \"ten\"",
        "8:5: [backends.pool.servers.b] has no addr; add addr = \"192.0.2.1:80\"",
        "8:16: weight must be from 0 to 65535, not -1",
        "9:1: unknown key \"pasthrough\" in the file; did you mean \"passthrough\"?");
  }

  @Test
  void syntaxErrorsDoNotHideBehindEachOther() {
    assertErrors(
        "a =\nb = \"open\nc = 1\nc = 2\n",
        "1:4: unexpected end of line, expected a value",
        "2:10: unexpected end of line, expected \" or a character",
        "4:1: c previously defined at line 3, column 1");
  }

  @Test
  void anUnknownKeyThatResemblesNoneNamesThoseThereAre() {
    assertErrors(
        GOOD + "colour = 1\n",
        "6:1: unknown key \"colour\" in [backends.pool.servers.a]; there is \"addr\", \"weight\","
            + " \"max_connections\", \"backup\", \"check_addr\"");
  }

  @Test
  void anUndefinedBackendThatResemblesNoneNamesThoseThereAre() {
    assertErrors(
        GOOD.replace("backend = \"pool\"", "backend = \"x\""),
        "3:11: backend \"x\" is not defined; there is \"pool\"");
  }

  @Test
  void directReturnIsConveysUnlessTheFileSaysOtherwise() throws ConfigException {
    FrontendConfig convey = ConfigReader.read(GOOD, FILE, Mode.DSR).frontends().get("web");
    assertEquals(Mode.DSR, convey.mode());
    assertEquals(DsrConfig.DEFAULT, convey.dsr());
    assertEquals(Way.NAT, convey.dsr().way());

    String frontend = "backend = \"pool\"\nmode = \"dsr\"\nprotocol = \"udp\"\ndsr = \"l2\"";
    Config stated = read(GOOD.replace("backend = \"pool\"", frontend + "\none_packet = true"));
    assertEquals(
        new DsrConfig(
            Way.L2, true, DsrConfig.DEFAULT.ipipSource(), DsrConfig.DEFAULT.ipipSource6()),
        stated.frontends().get("web").dsr());
  }

  @Test
  void keysOfDirectReturnAreRefusedElsewhere() {
    assertErrors(
        GOOD.replace("backend = \"pool\"", "backend = \"pool\"\ndsr = \"l2\""),
        "4:7: dsr is a setting of mode \"dsr\" alone");
    assertErrors(
        GOOD.replace("backend = \"pool\"", "backend = \"pool\"\nmode = \"dsr\"\none_packet = true"),
        "5:14: one_packet is a setting of protocol \"udp\" alone");
  }

  @Test
  void passthroughThatKeepsTheClientsAddressUsesNoNatPortAndNeedsAHash() throws ConfigException {
    String client = GOOD.replace("backend = \"pool\"", "backend = \"pool\"\nsource = \"client\"");
    Config config = read(client.replace("192.0.2.10:80", "192.0.2.10:20000"));
    assertEquals(Source.CLIENT, config.frontends().get("web").source());
    assertErrors(
        client + "[backends.pool]\nscheduler = \"random\"\n",
        "3:11: backend \"pool\" chooses by \"random\", and with source = \"client\" the server of a"
            + " connection has to follow from its frames: use scheduler = \"maglev\","
            + " \"rendezvous\" or \"source\"");
    assertErrors(
        client.replace("source =", "mode = \"dsr\"\nsource ="),
        "5:10: source is a setting of mode \"passthrough\" alone");
  }

  @Test
  void directReturnNeedsAHash() {
    assertErrors(
        GOOD.replace("backend = \"pool\"", "backend = \"pool\"\nmode = \"dsr\"")
            + "[backends.pool]\nscheduler = \"round_robin\"\n",
        "3:11: backend \"pool\" chooses by \"round_robin\", and in mode dsr the server of a connection"
            + " has to follow from its frames: use scheduler = \"maglev\", \"rendezvous\" or"
            + " \"source\"");
  }

  @Test
  void aServerAnswersForOneFrontendAlone() {
    assertErrors(
        GOOD.replace("backend = \"pool\"", "backend = \"pool\"\nmode = \"dsr\"")
            + """
            [frontends.more]
            listen_addr = "192.0.2.10:81"
            backend = "pool"
            mode = "dsr"
            """,
        "6:8: 10.0.0.1:80 serves frontends \"web\" and \"more\" by dsr = \"nat\", and nothing tells"
            + " which one's address its answers are to carry; give each a port of its own, or use"
            + " dsr = \"l2\"");
  }

  @Test
  void aServerThatGetsFramesAsTheyAreListensOnTheFrontendsPort() {
    assertErrors(
        """
        [frontends.web]
        listen_addr = "192.0.2.10:80"
        backend = "pool"
        mode = "dsr"
        dsr = "l2"
        [backends.pool.servers.one]
        addr = "192.0.2.21:8080"
        """,
        "7:8: port 8080 is not that of frontend \"web\", 80, and dsr = \"l2\" leaves it as it is;"
            + " use 80, or dsr = \"nat\"");
  }

  @Test
  void aWildcardIsRefusedInPassthroughWithWhatToWriteInstead() {
    assertErrors(
        GOOD.replace("192.0.2.10:80", "0.0.0.0:80"),
        "2:15: 0.0.0.0:80 is every address, and passthrough takes the frames of one; write the"
            + " address that clients connect to, such as \"192.0.2.10:80\"");
  }

  @Test
  void ipv6IsTakenInPassthroughOnBothSides() throws ConfigException {
    Config config =
        read(
            GOOD.replace("192.0.2.10:80", "[2001:db8::1]:80")
                .replace("10.0.0.1:80", "[2001:db8::2]:80"));
    assertEquals("[2001:db8::1]:80", Address.format(config.frontends().get("web").listen()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode = \"dsr\"", "mode = \"dsr\"\ndsr = \"l2\"", "source = \"client\""})
  void ipv6IsTakenWhereTheClientsAddressStays(String settings) throws ConfigException {
    Config config =
        read(
            GOOD.replace("\"192.0.2.10:80\"", "\"[2001:db8::1]:80\"\n" + settings)
                .replace("10.0.0.1:80", "[2001:db8::2]:80"));
    assertEquals("[2001:db8::1]:80", Address.format(config.frontends().get("web").listen()));
  }

  @Test
  void aTunnelCarriesEitherFamilyToServersOfEither() throws ConfigException {
    String tunnel = "\"\nmode = \"dsr\"\ndsr = \"ipip\"\nipip_source6 = \"2001:db8:5::/48\"";
    Config config =
        read(
            GOOD.replace("192.0.2.10:80\"", "[2001:db8::1]:80" + tunnel)
                + "[frontends.more]\nlisten_addr = \"192.0.2.10:80\"\nbackend = \"pool\"\n"
                + "mode = \"dsr\"\ndsr = \"gue\"\n");
    assertEquals("2001:db8:5::/48", config.frontends().get("web").dsr().ipipSource6().toString());
    assertErrors(
        GOOD.replace("10:80\"", "10:80" + tunnel.replace("2001:db8:5::/48", "10.0.0.0/8")),
        "5:16: ipip_source6: \"10.0.0.0/8\" is not a range of IPv6 addresses, as 100::/64 is");
    assertErrors(
        GOOD.replace("10:80\"", "10:80\"\nmode = \"dsr\"")
            .replace("10.0.0.1:80", "[2001:db8::2]:80"),
        "6:8: [2001:db8::2]:80 is IPv6, and frontend \"web\" listens on IPv4: in dsr both are of"
            + " one family, unless dsr is \"ipip\" or \"gue\"");
  }

  @Test
  void passthroughKeepsToOneFamily() {
    assertErrors(
        GOOD.replace("10.0.0.1:80", "[2001:db8::2]:80"),
        "5:8: [2001:db8::2]:80 is IPv6, and frontend \"web\" listens on IPv4:" + ONE_FAMILY);
    assertErrors(
        GOOD.replace("192.0.2.10:80", "[2001:db8::1]:80"),
        "5:8: 10.0.0.1:80 is IPv4, and frontend \"web\" listens on IPv6:" + ONE_FAMILY);
    assertErrors(
        GOOD + "[frontends.more]\nlisten_addr = \"[2001:db8::1]:80\"\nbackend = \"pool\"\n",
        "5:8: 10.0.0.1:80 is IPv4, and frontend \"more\" listens on IPv6:" + ONE_FAMILY);
  }

  @Test
  void aLinkLocalAddressIsNoFrontendOfPassthrough() {
    assertErrors(
        GOOD.replace("192.0.2.10:80", "[fe80::1]:80").replace("10.0.0.1:80", "[2001:db8::2]:80"),
        "2:15: [fe80::1]:80 is a link-local address, which means another machine on each interface;"
            + " write one of this machine that is unique");
  }

  @Test
  void anIpv6ServerThatNoFrontendUsesIsTaken() throws ConfigException {
    read(GOOD + "[backends.other.servers.a]\naddr = \"[::2]:80\"\n");
  }

  @Test
  void aPortAmongTheNatPortsIsRefusedWithARangeThatLeavesItOut() {
    assertErrors(
        GOOD.replace("192.0.2.10:80", "192.0.2.10:10080"),
        "2:15: port 10080 is one of the ports that source NAT uses, nat_ports 10000-32767; choose"
            + " another, or set nat_ports = \"10081-32767\" in [passthrough]");
  }

  @Test
  void twoFrontendsOnOneAddressAreRefusedUnlessTheirProtocolsDiffer() throws ConfigException {
    String second = "[frontends.second]\nlisten_addr = '192.0.2.10:80'\nbackend = 'pool'\n";
    assertErrors(GOOD + second, "7:15: frontend \"web\" listens on 192.0.2.10:80 (tcp) already");
    assertEquals(2, read(GOOD + second + "protocol = 'udp'\n").frontends().size());
  }

  @Test
  void twoServersOfOnePoolOnOneAddressAreRefused() throws ConfigException {
    assertErrors(
        GOOD + "[backends.pool.servers.b]\naddr = \"10.0.0.1:80\"\n",
        "7:8: server \"b\" has the address of server \"a\", 10.0.0.1:80; to give it more traffic,"
            + " raise its weight");
    read(GOOD + "[backends.other.servers.b]\naddr = \"10.0.0.1:80\"\n");
  }

  @Test
  void aServerThatIsItsOwnFrontendIsRefused() {
    assertErrors(
        GOOD.replace("10.0.0.1:80", "192.0.2.10:80"),
        "5:8: 192.0.2.10:80 is where frontend \"web\" listens; a server listens elsewhere");
  }

  @Test
  void aServerOnAWildcardIsRefused() {
    assertErrors(
        GOOD.replace("10.0.0.1:80", "0.0.0.0:80"),
        "5:8: addr: 0.0.0.0:80 is not one server's address");
  }

  @Test
  void aBackendWithoutServersIsRefused() {
    assertErrors(
        GOOD + "[backends.none]\n[backends.empty.servers]\n",
        "6:1: [backends.none] has no servers; add servers = { s1 = { addr = \"192.0.2.1:80\" } }",
        "7:1: [backends.empty.servers] is empty; a backend needs a server");
  }

  @Test
  void aFileWithoutFrontendsIsRefused() {
    assertErrors(
        "[stats]\nport = 1\n",
        "1:1: the file has no frontends; add frontends = { web = { listen_addr ="
            + " \"192.0.2.10:80\", backend = \"NAME\" } }");
  }

  @Test
  void aTableOfTheWrongTypeSaysWhatWasExpected() {
    assertErrors(
        "frontends = 3\n[[backends]]\nx = 1\n",
        "1:13: frontends must be a table, not the integer 3",
        "2:1: backends must be a table, not an array");
  }

  @Test
  void passthroughSaysWhatIsWrongWithEachOfItsValues() {
    assertErrors(
        GOOD
            + """
            [passthrough]
            io = "xdp"
            workers = 0
            threading = true
            idle = 1.5
            ring_size = 3000
            connection_tracker_capacity = 0
            connection_tracker_file = ""
            nat_ports = 10000
            restart_grace = "2 minutes"
            stats_update_frequency = -5
            """,
        "7:6: io must be \"auto\", \"packet\" or \"pcap\", not \"xdp\"",
        "8:11: workers must be from 1 to 16, not 0",
        "9:13: threading must be a string, not the boolean true",
        "10:8: idle must be a string, not the float 1.5",
        "11:13: ring_size must be a power of two, not 3000; the nearest are 2048 and 4096",
        "12:31: connection_tracker_capacity must be from 1 to 100000000, not 0",
        "13:27: connection_tracker_file: the path is empty; leave the key out for the" + " default",
        "14:13: nat_ports must be a string, not the integer 10000",
        "15:17: restart_grace: \"2 minutes\" is not a length of time; write \"500ms\", \"3s\","
            + " \"2m\" or \"1h\", or a number of seconds",
        "16:26: stats_update_frequency must be from 0 s to 86400 s, not negative");
  }

  @Test
  void sourceAddressesSayWhatIsWrongWithThem() {
    assertErrors(
        GOOD
            + """
            [passthrough]
            source_addrs = ["10.0.0.3", "10.0.0.3:80", "nat", 5,
              "10.0.0.3", "::1%1", ""]
            """,
        "7:29: source_addrs: \"10.0.0.3:80\" is not an address without a port, as \"192.0.2.1\" or"
            + " \"2001:db8::1\"",
        "7:44: source_addrs: \"nat\" names a host; write its IP address: names are not looked up,"
            + " because a name may change its address under live connections",
        "7:51: source_addrs must hold strings, not the integer 5",
        "8:3: source_addrs has \"10.0.0.3\" twice",
        "8:15: source_addrs: \"::1%1\" has a zone; leave the \"%\" and what follows it out",
        "8:24: source_addrs: the address is empty; write it as \"192.0.2.1\"");
    assertErrors(
        GOOD + "[passthrough]\nsource_addrs = '10.0.0.3'\n",
        "7:16: source_addrs must be an array of strings, not the string \"10.0.0.3\"");
  }

  @Test
  void theBoundsOfFlowsSayWhatIsWrongWithThem() {
    assertErrors(
        GOOD
            + """
            [passthrough]
            connection_tracker_capacity = 1000
            max_half_open = 1001
            max_new_per_source = -1
            on_unknown = "pass"
            [passthrough.timeouts]
            establishd = 5
            syn_sent = 0
            reset = "2d"
            """,
        "8:17: max_half_open must be from 1 to 1000, the capacity, not 1001",
        "9:22: max_new_per_source must be from 0 to 1000000, not -1",
        "10:14: on_unknown must be \"drop\", \"reset\" or \"hash\", not \"pass\"",
        "12:1: unknown key \"establishd\" in [passthrough.timeouts]; did you mean \"established\"?",
        "13:12: syn_sent must be from 1 s to 86400 s, not 0 s",
        "14:9: reset: \"2d\" is not a length of time; write \"500ms\", \"3s\", \"2m\" or \"1h\", or a"
            + " number of seconds");
  }

  @Test
  void halfOfTheCapacityMayBeHalfOpenUnlessTheFileSaysOtherwise() throws ConfigException {
    String capacity = GOOD + "[passthrough]\nconnection_tracker_capacity = ";
    assertEquals(250, read(capacity + "500\n").passthrough().maxHalfOpen());
    assertEquals(1, read(capacity + "1\n").passthrough().maxHalfOpen());
    assertEquals(500, read(capacity + "500\nmax_half_open = 500\n").passthrough().maxHalfOpen());
  }

  @Test
  void aRangeOfNatPortsSaysWhatIsWrongWithIt() {
    assertNatPorts("\"all\" is not a range of ports; write it as \"10000-32767\"", "all");
    assertNatPorts("32767-10000 ends before it begins", "32767-10000");
    assertNatPorts("1-70000 goes beyond the ports there are, 1-65535", "1-70000");
    assertNatPorts("20000-20010 is too small; at least 64 ports are needed", "20000-20010");
  }

  @Test
  void healthChecksSayWhatIsWrongWithThem() {
    assertErrors(
        GOOD + "[backends.pool]\nhealth_check = { interval = '1s', timeout = '2s' }\n",
        "7:45: timeout 2 s is longer than the interval, 1 s; a check would not have ended when the"
            + " next begins");
    assertErrors(
        GOOD + "[backends.pool]\nhealth_check_interval = '1ms'\n",
        "7:25: health_check_interval must be at least 100 ms, or 0 for no checks, not 1 ms");
  }

  @Test
  void statisticsSayWhatIsWrongWithThem() {
    assertErrors(
        GOOD + "[stats]\nport = \"seven\"\n",
        "7:8: port must be a number, not the string \"seven\"");
    assertErrors(GOOD + "[stats]\nport = 0\n", "7:8: port must be from 1 to 65535, not 0");
    assertErrors(
        GOOD + "[stats]\nport = 1\nlisten_addr = \"127.0.0.1:1\"\n",
        "7:8: port and listen_addr exclude each other; leave one out");
    assertErrors(
        GOOD + "[stats]\n",
        "6:1: [stats] has no listen_addr; add listen_addr = \"127.0.0.1:7000\", or port = 7000");
  }

  @Test
  void whatAnErrorQuotesStaysOnOneLine() {
    assertErrors(
        GOOD.replace("backend = \"pool\"", "backend = \"a\\nb\""),
        "3:11: backend \"a\\nb\" is not defined; there is \"pool\"");
  }

  @Test
  void aFileThatCannotBeReadGetsOneLine() throws Exception {
    assertFileError(": no such file", folder.resolve("none.toml"));
    assertFileError(": is a directory without a file whose name ends in .toml", folder);
    assertFileError(
        ": the file is empty; it needs at least a [frontends.NAME]", write("empty.toml", ""));
    assertFileError(
        ":2:7: byte 0xFC is not UTF-8; save the file as UTF-8",
        Files.write(
            folder.resolve("latin.toml"),
            "# one\n# two ü\n".getBytes(StandardCharsets.ISO_8859_1)));
    assertFileError(
        ": is larger than 256 KiB; is this a configuration file?",
        write("large.toml", "#".repeat(ConfigFile.LARGEST + 1)));
    assertFileError(": cannot be read: Not a directory", write("file.toml", "").resolve("x"));
    assertEquals(
        "headrace: the name of the configuration file is empty",
        assertThrows(ConfigException.class, () -> ConfigReader.read(Path.of(""), Mode.PASSTHROUGH))
            .getMessage());
  }

  @Test
  void aFileThatIsNoConfigurationTellsItsFirstErrorsAndHowManyMoreThereAre() {
    ConfigException refused =
        assertThrows(ConfigException.class, () -> read(GOOD + "x.y = 1\n= 1\n".repeat(200)));
    List<String> lines = refused.getMessage().lines().toList();
    assertEquals(51, lines.size());
    assertEquals("and at least " + (refused.errors().size() - 50) + " more", lines.getLast());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a = [1,1,1,1,1,1,", "a=1\n", "a=[{a=1},{a=1},", "=\n", "\"\n"})
  void theWorstFileOfTheLargestSizeIsReadInTheMemoryOfABalancer(String pattern) throws Exception {
    String text = pattern.repeat(ConfigFile.LARGEST / pattern.length());
    Path file = write("worst.toml", text);
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx200m",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                ConfigReaderTest.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, java.waitFor(), output);
  }

  /** Reads a wrong file in a process of its own. */
  public static void main(String[] arguments) {
    assertThrows(
        ConfigException.class, () -> ConfigReader.read(Path.of(arguments[0]), Mode.PASSTHROUGH));
  }

  @Test
  void aFileIsRead() throws Exception {
    assertEquals(read(GOOD), ConfigReader.read(write("good.toml", GOOD), Mode.PASSTHROUGH));
  }

  private void assertFileError(String message, Path file) {
    ConfigException refused =
        assertThrows(ConfigException.class, () -> ConfigReader.read(file, Mode.PASSTHROUGH));
    assertEquals(file + message, refused.getMessage());
  }

  private Path write(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text);
  }

  private static void assertNatPorts(String message, String range) {
    assertErrors(
        GOOD + "[passthrough]\nnat_ports = \"" + range + "\"\n", "7:13: nat_ports: " + message);
  }

  private static void assertErrors(String toml, String... expected) {
    ConfigException refused = assertThrows(ConfigException.class, () -> read(toml));
    assertEquals(String.join("\n", expected), refused.getMessage().replace(FILE + ":", ""), toml);
    assertTrue(refused.errors().size() == expected.length);
  }

  private static Config read(String toml) throws ConfigException {
    return ConfigReader.read(toml, FILE, Mode.PASSTHROUGH);
  }
}
