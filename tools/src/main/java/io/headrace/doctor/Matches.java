package io.headrace.doctor;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Whether a packet is what a rule of nftables asks for. */
final class Matches {
  /** As far as it is known. */
  enum Result {
    YES,
    NO,
    UNKNOWN;

    Result and(Result other) {
      if (this == NO || other == NO) {
        return NO;
      }
      return this == YES ? other : this;
    }

    private Result not() {
      return switch (this) {
        case YES -> NO;
        case NO -> YES;
        case UNKNOWN -> UNKNOWN;
      };
    }

    private static Result of(boolean answer) {
      return answer ? YES : NO;
    }
  }

  private Matches() {}

  /**
   * @param match the body of a match statement
   * @param sets the elements of a named set, or null
   */
  static Result of(Map<?, ?> match, Packet packet, Function<String, Object> sets) {
    if (!(match.get("left") instanceof Map<?, ?> left)) {
      return Result.UNKNOWN;
    }
    String header = "";
    String field;
    if (left.get("payload") instanceof Map<?, ?> payload && payload.get("field") != null) {
      header = String.valueOf(payload.get("protocol"));
      field = String.valueOf(payload.get("field"));
    } else if (left.get("meta") instanceof Map<?, ?> meta) {
      header = "meta";
      field = String.valueOf(meta.get("key"));
    } else if (left.get("ct") instanceof Map<?, ?> ct) {
      header = "ct";
      field = String.valueOf(ct.get("key"));
    } else {
      return Result.UNKNOWN;
    }
    if (packet.lacks(header)) {
      return Result.NO;
    }
    Optional<Object> value = find(packet, header, field);
    if (value.isEmpty()) {
      return Result.UNKNOWN;
    }
    Result result = isAmong(value.get(), match.get("right"), sets);
    return switch (String.valueOf(match.get("op"))) {
      case "==", "in" -> result;
      case "!=" -> result.not();
      default -> Result.UNKNOWN;
    };
  }

  /** "th dport" is that of whatever protocol there is. */
  private static Optional<Object> find(Packet packet, String header, String field) {
    if (header.equals("th")) {
      return packet.get("tcp " + field).or(() -> packet.get("udp " + field));
    }
    return packet.get(header + " " + field);
  }

  private static Result isAmong(Object value, Object right, Function<String, Object> sets) {
    return switch (right) {
      case String text when text.startsWith("@") -> {
        Object elements = sets.apply(text.substring(1));
        yield elements == null ? Result.NO : isAmong(value, elements, sets);
      }
      case String text when text.endsWith("*") ->
          Result.of(String.valueOf(value).startsWith(text.substring(0, text.length() - 1)));
      case String text -> equal(value, text);
      case Long number -> Result.of(value.equals(number));
      case List<?> list -> any(value, list, sets);
      case Map<?, ?> map when map.get("set") instanceof List<?> list -> any(value, list, sets);
      case Map<?, ?> map when map.get("set") != null -> isAmong(value, map.get("set"), sets);
      case Map<?, ?> map when map.get("elem") instanceof Map<?, ?> element ->
          isAmong(value, element.get("val"), sets);
      case Map<?, ?> map when map.get("range") instanceof List<?> ends ->
          Result.of(
              number(value).compareTo(number(ends.getFirst())) >= 0
                  && number(value).compareTo(number(ends.getLast())) <= 0);
      case Map<?, ?> map when map.get("prefix") instanceof Map<?, ?> prefix ->
          hasPrefix(value, prefix);
      case null, default -> Result.UNKNOWN;
    };
  }

  private static Result any(Object value, List<?> list, Function<String, Object> sets) {
    Result result = Result.NO;
    for (Object each : list) {
      Result one = isAmong(value, each, sets);
      if (one == Result.YES) {
        return one;
      }
      result = one == Result.UNKNOWN ? one : result;
    }
    return result;
  }

  private static Result equal(Object value, String text) {
    return value instanceof InetAddress address
        ? literal(text).map(other -> Result.of(other.equals(address))).orElse(Result.UNKNOWN)
        : Result.of(String.valueOf(value).equals(text));
  }

  private static Result hasPrefix(Object value, Map<?, ?> prefix) {
    if (!(value instanceof InetAddress address) || !(prefix.get("len") instanceof Long length)) {
      return Result.UNKNOWN;
    }
    int shift = 8 * address.getAddress().length - length.intValue();
    return literal(String.valueOf(prefix.get("addr")))
        .map(
            network ->
                Result.of(
                    number(network).shiftRight(shift).equals(number(address).shiftRight(shift))))
        .orElse(Result.UNKNOWN);
  }

  private static BigInteger number(Object value) {
    return switch (value) {
      case InetAddress address -> new BigInteger(1, address.getAddress());
      case Long number -> BigInteger.valueOf(number);
      default ->
          literal(String.valueOf(value)).map(Matches::number).orElse(BigInteger.ONE.negate());
    };
  }

  private static Optional<InetAddress> literal(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
