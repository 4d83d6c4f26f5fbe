package io.headrace.doctor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rules of nftables, and what becomes of a packet that meets them (libnftables-json(5)). What a
 * rule asks that is not known of the packet (its client's address, a rate) leaves open whether the
 * rule applies: one that accepts may then have accepted, one that drops is taken not to.
 *
 * <p>Immutable.
 */
final class Ruleset {
  /** Of our own guard, which drops nothing that another program is to see. */
  private static final String OURS = "headrace_";

  /**
   * Where a packet ends.
   *
   * @param chain its family, table and name, as nft takes them
   * @param by what drops it: "the rule with handle 7" or "its policy"
   * @param certain whether no rule before might let it through
   */
  record Drop(String chain, String by, boolean certain) {}

  private record Chain(
      String family, String table, String name, String hook, boolean drops, Object device) {
    String key() {
      return family + " " + table + " " + name;
    }
  }

  private record Rule(long handle, List<?> statements) {}

  private enum End {
    ACCEPTED,
    DROPPED,
    RETURNED
  }

  private final List<Chain> chains = new ArrayList<>();
  private final Map<String, List<Rule>> rules = new HashMap<>();
  private final Map<String, Object> sets = new HashMap<>();

  private Ruleset() {}

  /**
   * @param json as {@code nft -j list ruleset} prints it
   */
  static Ruleset parse(String json) {
    Ruleset ruleset = new Ruleset();
    if (Json.parse(json) instanceof Map<?, ?> root && root.get("nftables") instanceof List<?> all) {
      for (Object each : all) {
        ((Map<?, ?>) each).forEach((kind, object) -> ruleset.add(kind, (Map<?, ?>) object));
      }
    }
    return ruleset;
  }

  private void add(Object kind, Map<?, ?> object) {
    String table = object.get("family") + " " + object.get("table") + " ";
    if (String.valueOf(object.get("table")).startsWith(OURS)) {
      return;
    }
    switch (String.valueOf(kind)) {
      case "chain" ->
          chains.add(
              new Chain(
                  text(object, "family"),
                  text(object, "table"),
                  text(object, "name"),
                  text(object, "hook"),
                  text(object, "policy").equals("drop"),
                  object.get("dev")));
      case "rule" ->
          rules
              .computeIfAbsent(table + object.get("chain"), absent -> new ArrayList<>())
              .add(new Rule((Long) object.get("handle"), (List<?>) object.get("expr")));
      case "set", "map" -> sets.put(table + object.get("name"), object.get("elem"));
      default -> {}
    }
  }

  private static String text(Map<?, ?> object, String key) {
    return object.get(key) == null ? "" : String.valueOf(object.get(key));
  }

  /** Chains of other programs that are hooked in anywhere. */
  int size() {
    return (int) chains.stream().filter(each -> !each.hook().isEmpty()).count();
  }

  /**
   * Where a packet is dropped at a hook.
   *
   * @param hook input, output, prerouting, postrouting or egress
   * @param packet what is known of it
   */
  Optional<Drop> drop(String hook, Packet packet) {
    return chains.stream()
        .filter(chain -> chain.hook().equals(hook) && packet.meets(chain.family(), chain.device()))
        .flatMap(chain -> new Walk(packet).through(chain).stream())
        .findFirst();
  }

  /** One packet on its way through one chain that is hooked in, and those that it jumps to. */
  private final class Walk {
    private final Packet packet;
    private boolean certain = true;
    private String at = "";
    private String by = "";

    Walk(Packet packet) {
      this.packet = packet;
    }

    Optional<Drop> through(Chain chain) {
      End end = walk(chain.key());
      if (end == End.RETURNED && chain.drops()) {
        at = chain.key();
        by = "its policy";
        end = End.DROPPED;
      }
      return end == End.DROPPED ? Optional.of(new Drop(at, by, certain)) : Optional.empty();
    }

    private End walk(String chain) {
      for (Rule rule : rules.getOrDefault(chain, List.of())) {
        End end = meet(chain, rule);
        if (end != null) {
          return end;
        }
      }
      return End.RETURNED;
    }

    /** Null when the next rule is to be met. */
    private End meet(String chain, Rule rule) {
      Matches.Result matched = Matches.Result.YES;
      for (Object statement : rule.statements()) {
        String kind = statement instanceof Map<?, ?> map ? first(map) : String.valueOf(statement);
        Object body = statement instanceof Map<?, ?> map ? map.get(kind) : "";
        if (kind.equals("match")) {
          matched = matched.and(Matches.of((Map<?, ?>) body, packet, name -> set(chain, name)));
          if (matched == Matches.Result.NO) {
            return null;
          }
        }
        boolean isEnd = "accept drop reject jump goto return".contains(kind);
        if (isEnd && matched == Matches.Result.UNKNOWN) {
          certain &= kind.equals("drop") || kind.equals("reject");
          return null;
        }
        if (kind.equals("vmap")) {
          // Not taken apart: whatever it does, it may let the packet through.
          certain = false;
          return null;
        }
        if (isEnd) {
          return end(chain, rule, kind, body);
        }
      }
      return null;
    }

    private End end(String chain, Rule rule, String kind, Object body) {
      switch (kind) {
        case "accept" -> {
          return End.ACCEPTED;
        }
        case "drop", "reject" -> {
          at = chain;
          by = "the rule with handle " + rule.handle();
          return End.DROPPED;
        }
        case "return" -> {
          return End.RETURNED;
        }
        default -> {
          String table = chain.substring(0, chain.lastIndexOf(' ') + 1);
          End end = walk(table + ((Map<?, ?>) body).get("target"));
          return end == End.RETURNED && kind.equals("jump") ? null : end;
        }
      }
    }

    private Object set(String chain, String name) {
      return sets.get(chain.substring(0, chain.lastIndexOf(' ') + 1) + name);
    }
  }

  private static String first(Map<?, ?> map) {
    return String.valueOf(map.keySet().iterator().next());
  }
}
