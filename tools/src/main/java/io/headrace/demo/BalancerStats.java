package io.headrace.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the demo reads of a balancer's {@code /stats}.
 *
 * @param up by the address of the server: whether it takes new connections
 * @param received frames
 * @param forwarded of these
 * @param offloaded frames that the kernel forwarded by itself, and the balancer never received
 * @param dropped of these, by reason
 * @param passed of these, by reason, to the kernel
 * @param stages how long frames spent in each stage, in their order
 */
record BalancerStats(
    Map<String, Boolean> up,
    long received,
    long forwarded,
    long offloaded,
    Map<String, Long> dropped,
    Map<String, Long> passed,
    List<Stage> stages) {
  private static final JsonFactory JSON = new JsonFactory();

  /** Times are of frames, in nanoseconds. */
  record Stage(String name, long count, long p50Ns, long p99Ns, long p999Ns, long maxNs) {}

  static BalancerStats parse(String json) throws IOException {
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      return of(object(parser));
    }
  }

  private static BalancerStats of(Map<String, Object> stats) {
    Map<String, Boolean> up = new LinkedHashMap<>();
    for (String backend : at(stats, "backends").keySet()) {
      at(stats, "backends", backend, "servers")
          .forEach((server, isUp) -> up.put(server, (Boolean) isUp));
    }
    Map<String, Object> frames = at(stats, "frames");
    Map<String, Object> stages = at(stats, "stages");
    return new BalancerStats(
        up,
        number(frames, "received"),
        number(frames, "forwarded"),
        number(frames, "offloaded"),
        numbers(at(frames, "dropped")),
        numbers(at(frames, "passed")),
        stages.keySet().stream().map(name -> stage(name, at(stages, name))).toList());
  }

  private static Stage stage(String name, Map<String, Object> stage) {
    return new Stage(
        name,
        number(stage, "count"),
        number(stage, "p50_ns"),
        number(stage, "p99_ns"),
        number(stage, "p999_ns"),
        number(stage, "max_ns"));
  }

  /** The frames of two balancers that followed each other; the rest is the second's. */
  BalancerStats after(BalancerStats earlier) {
    return new BalancerStats(
        up,
        earlier.received + received,
        earlier.forwarded + forwarded,
        earlier.offloaded + offloaded,
        sum(earlier.dropped, dropped),
        sum(earlier.passed, passed),
        stages);
  }

  private static Map<String, Long> sum(Map<String, Long> a, Map<String, Long> b) {
    Map<String, Long> sum = new TreeMap<>(a);
    b.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
    return sum;
  }

  @SuppressWarnings("unchecked") // An object of JSON is what object() made of it.
  private static Map<String, Object> at(Map<String, Object> object, String... path) {
    Map<String, Object> found = object;
    for (String key : path) {
      found = (Map<String, Object>) found.get(key);
    }
    return found;
  }

  private static long number(Map<String, Object> object, String key) {
    return (Long) object.get(key);
  }

  private static Map<String, Long> numbers(Map<String, Object> object) {
    Map<String, Long> numbers = new TreeMap<>();
    object.keySet().forEach(key -> numbers.put(key, number(object, key)));
    return numbers;
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      Object value =
          switch (parser.nextToken()) {
            case START_OBJECT -> object(parser);
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
            case VALUE_STRING -> parser.getText();
            case START_ARRAY -> list(parser);
            default -> throw new WrongAnswerException("unexpected in /stats: " + parser.getText());
          };
      object.put(key, value);
    }
    return object;
  }

  /** The demo needs nothing of it. */
  private static List<Object> list(JsonParser parser) throws IOException {
    parser.skipChildren();
    return List.of();
  }
}
