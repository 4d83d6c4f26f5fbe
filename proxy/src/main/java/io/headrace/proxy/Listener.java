package io.headrace.proxy;

import io.headrace.config.Protocol;
import java.net.InetSocketAddress;
import java.util.List;

/** An address that is listened on, on every event loop. For one thread, that of the changes. */
interface Listener {
  /**
   * What tells listeners apart.
   *
   * @param address where it is
   * @param protocol for which
   */
  record Key(InetSocketAddress address, Protocol protocol) {
    static Key of(Frontend frontend) {
      return new Key(frontend.service().listen(), frontend.service().protocol());
    }

    boolean hasSamePort(Key other) {
      return protocol == other.protocol && address.getPort() == other.address.getPort();
    }
  }

  /** Lets clients in to a frontend, in place of the one that was there before. */
  void serve(Frontend frontend);

  /** The numbers of its sockets, for another process. */
  List<Integer> descriptors();

  /** Leaves to another process whoever comes from now on, until {@link #close}. */
  void leave();

  /** Takes {@link #leave} back. */
  void stay();

  /**
   * Lets nobody in any more. What came in before goes on; where nothing does, the address is free
   * for others once the event loops have gone round.
   */
  void close();
}
