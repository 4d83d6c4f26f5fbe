package io.headrace.balancer;

import io.headrace.link.Interface;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log when an interface of ours goes down, and when it is back: frames are only lost
 * meanwhile, and counted, so nothing else would. For one thread.
 */
final class LinkStates {
  private static final Logger LOG = LoggerFactory.getLogger(LinkStates.class);

  private final Set<String> down = new HashSet<>();

  /**
   * @param ours the names of the arms' interfaces
   * @param interfaces every one there is now
   */
  void look(Set<String> ours, List<Interface> interfaces) {
    for (Interface each : interfaces) {
      if (!ours.contains(each.name())) {
        continue;
      }
      if (!each.up() && down.add(each.name())) {
        LOG.warn(
            "the interface {} is down: no frames come or go by it until it is up again",
            each.name());
      } else if (each.up() && down.remove(each.name())) {
        LOG.info("the interface {} is up again", each.name());
      }
    }
  }
}
