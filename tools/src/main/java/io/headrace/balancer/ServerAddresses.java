package io.headrace.balancer;

import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.link.Links;
import io.headrace.link.Route;
import io.headrace.registry.Pool;
import io.headrace.registry.Server;
import io.headrace.registry.Snapshot;

/** Whether frames can be sent to the servers. */
final class ServerAddresses {
  private ServerAddresses() {}

  /**
   * Checks every server. One that no route leads to now is none of this: routes come and go.
   *
   * @throws CommandFailure when a server is this machine, whose own frames cross no interface
   */
  static void check(Snapshot snapshot, Links links) {
    for (Pool pool : snapshot.pools()) {
      for (Server server : pool.servers()) {
        if (links.route(server.address().getAddress()) instanceof Route.Loopback) {
          throw new CommandFailure(
              "server "
                  + pool.name()
                  + "/"
                  + server.name()
                  + ": "
                  + Address.format(server.address())
                  + " is this machine itself, and passthrough sends frames to others; run the server"
                  + " on another machine or in a network namespace of its own");
        }
      }
    }
  }
}
