package io.headrace.link;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/**
 * What a {@link NextHopWatcher} saw at one moment.
 *
 * @param interfaces every interface there was
 * @param nextHops the next hop of every destination that is watched
 */
public record LinkView(List<Interface> interfaces, Map<InetAddress, Resolution> nextHops) {
  public LinkView {
    interfaces = List.copyOf(interfaces);
    nextHops = Map.copyOf(nextHops);
  }
}
