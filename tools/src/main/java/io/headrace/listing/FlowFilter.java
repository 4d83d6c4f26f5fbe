package io.headrace.listing;

import io.headrace.config.Address;
import io.headrace.conntrack.FlowRecords.End;
import io.headrace.conntrack.FlowState;
import io.headrace.conntrack.FlowView;
import io.headrace.packet.IpAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which flows are shown: those that all parts let pass. It is told by texts, which are the same on
 * the command line and in the query of a request. Immutable.
 */
public final class FlowFilter {
  /** The name of a frontend. */
  public static final String FRONTEND = "frontend";

  /** The name of a server, {@code BACKEND/SERVER}, or its address and port. */
  public static final String SERVER = "server";

  /** The address of clients, or their network. */
  public static final String CLIENT = "client";

  /** The label of a state; several with commas. */
  public static final String STATE = "state";

  private final List<Predicate<FlowView>> parts = new ArrayList<>();

  /**
   * @param wanted texts by their kind; none of a kind lets everything pass
   * @param names that frontends and servers have
   * @throws IllegalArgumentException when one makes no sense; the message is one line for a user
   */
  public FlowFilter(Map<String, String> wanted, FlowNames names) {
    wanted.forEach((kind, text) -> parts.add(part(kind, text, names)));
  }

  private static Predicate<FlowView> part(String kind, String text, FlowNames names) {
    return switch (kind) {
      case FRONTEND -> {
        BitSet ids = names.frontends(text);
        yield flow -> flow.serviceId() >= 0 && ids.get(flow.serviceId());
      }
      case SERVER -> text.contains(":") ? serverAddress(text) : server(names.servers(text));
      case CLIENT -> {
        Network network = Network.parse(text);
        yield flow -> network.contains(flow.high(End.CLIENT), flow.low(End.CLIENT));
      }
      case STATE -> {
        Set<FlowState> states =
            Stream.of(text.split(",", -1))
                .map(FlowFilter::state)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(FlowState.class)));
        yield flow -> states.contains(flow.state());
      }
      default ->
          throw new IllegalArgumentException(
              "flows have no \"%s\"; there is %s"
                  .formatted(kind, String.join(", ", FRONTEND, SERVER, CLIENT, STATE)));
    };
  }

  private static Predicate<FlowView> server(BitSet ids) {
    return flow -> flow.serverId() >= 0 && ids.get(flow.serverId());
  }

  private static Predicate<FlowView> serverAddress(String text) {
    InetSocketAddress server = Address.parse(text);
    IpAddress address = IpAddress.of(server.getAddress());
    return flow ->
        flow.low(End.SERVER) == address.low()
            && flow.high(End.SERVER) == address.high()
            && flow.port(End.SERVER) == server.getPort();
  }

  private static FlowState state(String label) {
    return Stream.of(FlowState.values())
        .filter(each -> each.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no state \"%s\"; there is %s"
                        .formatted(
                            label,
                            Stream.of(FlowState.values())
                                .map(FlowState::label)
                                .collect(Collectors.joining(", ")))));
  }

  boolean passes(FlowView flow) {
    // Without an iterator, which would be garbage.
    for (int i = 0; i < parts.size(); i++) {
      if (!parts.get(i).test(flow)) {
        return false;
      }
    }
    return true;
  }
}
