package io.headrace.registry;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds out which servers of a pool take new flows: those that are up; backups while no other does;
 * and if fewer are up than the panic threshold says, all of them, as then the checks are more
 * likely wrong than the servers, and those that are left would be overrun.
 */
final class Membership {
  private final int panicThreshold;
  private final List<Server> primaries = new ArrayList<>();
  private final List<Server> backups = new ArrayList<>();
  private final List<Server> wanted = new ArrayList<>();
  private int up;

  /**
   * @param panicThreshold percent; 0 for no panic
   */
  Membership(int panicThreshold) {
    this.panicThreshold = panicThreshold;
  }

  void add(Server server, ServerLife life, boolean backup) {
    if (!life.isWanted() || server.share() == 0) {
      return;
    }
    wanted.add(server);
    if (life.isUp()) {
      up++;
      (backup ? backups : primaries).add(server);
    }
  }

  boolean isPanic() {
    return up * 100 < panicThreshold * wanted.size();
  }

  List<Server> members() {
    if (isPanic()) {
      return List.copyOf(wanted);
    }
    return List.copyOf(primaries.isEmpty() ? backups : primaries);
  }
}
