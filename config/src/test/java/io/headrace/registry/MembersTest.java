package io.headrace.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Which servers take new flows, and how many. */
class MembersTest {
  private long nowNs;

  @Test
  void backupsTakeFlowsOnlyWhileNoOtherServerDoes() {
    Registry registry = registry("", "a", "b", "spare = { addr = '10.0.0.9:80', backup = true }");
    assertEquals(List.of("a", "b"), members(registry));
    fail(registry, "a");
    assertEquals(List.of("b"), members(registry));
    registry.admin("pool", "b", AdminState.DRAIN, "as the test wants");
    assertEquals(List.of("spare"), members(registry));
    registry.admin("pool", "b", AdminState.READY, "as the test wants");
    assertEquals(List.of("b"), members(registry));
  }

  @Test
  void belowThePanicThresholdAllServersTakeFlows() {
    Registry registry = registry("panic_threshold = 50", "a", "b", "c", "d");
    registry.admin("pool", "d", AdminState.MAINTENANCE, "as the test wants");
    fail(registry, "a");
    assertEquals(List.of("b", "c"), members(registry));
    fail(registry, "b");
    assertEquals(List.of("a", "b", "c"), members(registry));
    assertTrue(registry.snapshot().isUp(server(registry, "a")), "flows stay with it");
    assertFalse(registry.snapshot().isDown(server(registry, "a")));
    assertTrue(registry.snapshot().isDown(server(registry, "d")));
    assertEquals(State.DOWN, registry.status(server(registry, "a")).orElseThrow().state());
    pass(registry, "b");
    assertEquals(List.of("b", "c"), members(registry));
  }

  @Test
  void withoutAThresholdNoServerThatIsDownTakesFlows() {
    Registry registry = registry("", "a", "b");
    fail(registry, "a");
    fail(registry, "b");
    assertEquals(List.of(), members(registry));
  }

  @Test
  void aServerThatComesUpStartsSlowly() {
    Registry registry = registry("slow_start = '100s'", "a", "b");
    assertEquals(100, share(registry, "a"), "not at the start");
    fail(registry, "a");
    pass(registry, "a");
    assertEquals(5, share(registry, "a"));
    assertEquals(100, share(registry, "b"));
    advance(registry, 50);
    assertEquals(55, share(registry, "a"));
    advance(registry, 49);
    assertEquals(100, share(registry, "a"));
    registry.admin("pool", "a", AdminState.MAINTENANCE, "as the test wants");
    advance(registry, 10);
    registry.admin("pool", "a", AdminState.READY, "as the test wants");
    assertEquals(5, share(registry, "a"));
  }

  @Test
  void aServerThatIsAddedStartsSlowly() {
    Registry registry = registry("slow_start = '100s'", "a");
    registry.apply(config("slow_start = '100s'", "a", "b"));
    assertEquals(100, share(registry, "a"));
    assertEquals(5, share(registry, "b"));
  }

  @Test
  void aGracePeriodOverlooksFailuresUntilTheFirstSuccess() {
    Registry registry = registry("health_check = { grace = '10s' }", "a", "b");
    nowNs += Duration.ofSeconds(9).toNanos();
    fail(registry, "a");
    assertEquals(List.of("a", "b"), members(registry));
    pass(registry, "b");
    fail(registry, "b");
    assertEquals(List.of("a"), members(registry));
    nowNs += Duration.ofSeconds(2).toNanos();
    fail(registry, "a");
    assertEquals(List.of(), members(registry));
  }

  @Test
  void whatAnAgentSaysCountsBesideTheChecks() {
    Registry registry = registry("agent_check = { port = 1 }", "a", "b");
    say(registry, Optional.empty(), Optional.empty(), OptionalInt.of(25));
    assertEquals(25, share(registry, "a"));
    say(registry, Optional.empty(), Optional.of(false), OptionalInt.empty());
    assertEquals(List.of("b"), members(registry));
    pass(registry, "a");
    assertEquals(List.of("b"), members(registry), "a check does not make up for it");
    say(registry, Optional.empty(), Optional.of(true), OptionalInt.of(100));
    assertEquals(List.of("a", "b"), members(registry));
    say(registry, Optional.of(AdminState.DRAIN), Optional.empty(), OptionalInt.empty());
    assertEquals(List.of("b"), members(registry));
    registry.apply(config("", "a", "b"));
    assertEquals(List.of("a", "b"), members(registry), "there is no agent any more");
  }

  @Test
  void theOperatorsWordCountsMoreThanTheAgents() {
    Registry registry = registry("agent_check = { port = 1 }", "a", "b");
    registry.admin("pool", "a", AdminState.DRAIN, "as the test wants");
    say(registry, Optional.of(AdminState.READY), Optional.empty(), OptionalInt.empty());
    assertEquals(List.of("b"), members(registry));
  }

  private void say(
      Registry registry, Optional<AdminState> admin, Optional<Boolean> up, OptionalInt percent) {
    registry.agent(server(registry, "a"), new AgentReply("as the test wants", admin, up, percent));
  }

  private void advance(Registry registry, long seconds) {
    nowNs += Duration.ofSeconds(seconds).toNanos();
    registry.warm();
  }

  private static void fail(Registry registry, String name) {
    for (int i = 0; i < 3; i++) {
      registry.report(server(registry, name), false, "refused");
    }
  }

  private static void pass(Registry registry, String name) {
    for (int i = 0; i < 2; i++) {
      registry.report(server(registry, name), true, "passed");
    }
  }

  private static List<String> members(Registry registry) {
    return registry.snapshot().pools().getFirst().members().stream().map(Server::name).toList();
  }

  private static int share(Registry registry, String name) {
    return server(registry, name).share();
  }

  private static Server server(Registry registry, String name) {
    return registry.snapshot().server("pool", name).orElseThrow();
  }

  private Registry registry(String keys, String... servers) {
    return new Registry(config(keys, servers), () -> nowNs);
  }

  /**
   * @param servers a name, or a whole line
   */
  private static Config config(String keys, String... servers) {
    StringBuilder toml = new StringBuilder("[frontends]\n");
    toml.append("web = { listen_addr = '192.0.2.10:80', backend = 'pool' }\n");
    toml.append("[backends.pool]\n").append(keys).append("\n[backends.pool.servers]\n");
    for (int i = 0; i < servers.length; i++) {
      toml.append(
              servers[i].contains("=")
                  ? servers[i]
                  : servers[i] + " = { addr = '10.0.0." + (i + 1) + ":80' }")
          .append('\n');
    }
    try {
      return ConfigReader.read(toml.toString(), Path.of("test.toml"), Mode.PROXY);
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
