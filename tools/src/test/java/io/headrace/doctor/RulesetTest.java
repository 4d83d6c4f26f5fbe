package io.headrace.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Protocol;
import java.net.InetAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What nftables' rules do to a packet of which not everything is known. */
class RulesetTest {
  private static final InetAddress SERVICE = InetAddress.ofLiteral("192.0.2.1");
  private static final Packet CLIENTS =
      Packet.of(SERVICE, Protocol.TCP).to(SERVICE).toPort(80).in("eth0").state("new");

  private static final String DROP = "{\"drop\": null}";
  private static final String ACCEPT = "{\"accept\": null}";

  /** Rules of a chain at input, each as its JSON. */
  private static Optional<Ruleset.Drop> met(String policy, String... expressions) {
    StringBuilder json =
        new StringBuilder(
            """
            {"nftables": [{"metainfo": {}}, {"table": {"family": "inet", "name": "f"}},
            {"chain": {"family": "inet", "table": "f", "name": "in", "type": "filter",
              "hook": "input", "prio": 0, "policy": "%s"}},
            {"chain": {"family": "inet", "table": "f", "name": "web"}},
            {"set": {"family": "inet", "table": "f", "name": "ports", "elem": [22, 80]}},
            {"rule": {"family": "inet", "table": "f", "chain": "web", "handle": 9,
              "expr": [%s]}}
            """
                .formatted(policy, DROP));
    int handle = 3;
    for (String each : expressions) {
      json.append(
          """
          ,{"rule": {"family": "inet", "table": "f", "chain": "in", "handle": %d, "expr": [%s]}}
          """
              .formatted(handle++, each));
    }
    return Ruleset.parse(json + "]}").drop("input", CLIENTS);
  }

  private static String match(String left, String right, String verdict) {
    return "{\"match\": {\"op\": \"==\", \"left\": {%s}, \"right\": %s}}, %s"
        .formatted(left, right, verdict);
  }

  private static String port(String right, String verdict) {
    return match("\"payload\": {\"protocol\": \"tcp\", \"field\": \"dport\"}", right, verdict);
  }

  private static String source(String right, String verdict) {
    return match("\"payload\": {\"protocol\": \"ip\", \"field\": \"saddr\"}", right, verdict);
  }

  @Test
  void aRuleForThisPortDropsIt() {
    for (String right :
        new String[] {
          "80",
          "{\"set\": [22, 80]}",
          "{\"range\": [1, 1023]}",
          "\"@ports\"",
          "{\"set\": [{\"range\": [70, 90]}]}"
        }) {
      Ruleset.Drop drop = met("accept", port(right, DROP)).orElseThrow();
      assertEquals("inet f in", drop.chain());
      assertEquals("the rule with handle 3", drop.by());
      assertTrue(drop.certain());
    }
  }

  @Test
  void aRuleForAnotherPortOrAnotherFamilyDoesNot() {
    assertTrue(met("accept", port("443", DROP)).isEmpty());
    assertTrue(
        met(
                "accept",
                match("\"payload\": {\"protocol\": \"udp\", \"field\": \"dport\"}", "80", DROP),
                match(
                    "\"payload\": {\"protocol\": \"ip6\", \"field\": \"daddr\"}",
                    "\"2001:db8::1\"",
                    DROP))
            .isEmpty());
  }

  @Test
  void thePolicyDropsWhatNoRuleAccepts() {
    assertEquals("its policy", met("drop", port("22", ACCEPT)).orElseThrow().by());
    assertTrue(met("drop", port("{\"set\": [80, 443]}", ACCEPT)).isEmpty());
  }

  @Test
  void aRuleAboutClientsMayLetThemThrough() {
    assertTrue(met("accept", source("\"203.0.113.0\"", DROP)).isEmpty());
    Ruleset.Drop drop = met("drop", source("\"203.0.113.0\"", ACCEPT)).orElseThrow();
    assertFalse(drop.certain());
  }

  @Test
  void aJumpIsFollowedAndAnAddressMayBeANetwork() {
    String here =
        match(
            "\"payload\": {\"protocol\": \"ip\", \"field\": \"daddr\"}",
            "{\"prefix\": {\"addr\": \"192.0.2.0\", \"len\": 24}}",
            "{\"jump\": {\"target\": \"web\"}}");
    Ruleset.Drop drop = met("accept", here).orElseThrow();
    assertEquals("inet f web", drop.chain());
    assertTrue(met("accept", here.replace("192.0.2.0", "192.0.3.0")).isEmpty());
  }

  @Test
  void establishedIsNotNew() {
    String established =
        match("\"ct\": {\"key\": \"state\"}", "[\"established\", \"related\"]", ACCEPT)
            .replace("==", "in");
    assertTrue(met("drop", established).isPresent());
    assertTrue(met("drop", established.replace("established", "new")).isEmpty());
  }
}
