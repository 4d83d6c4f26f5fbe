package io.headrace.listing;

import io.headrace.conntrack.FlowView;
import io.headrace.conntrack.StoredFlow;
import io.headrace.conntrack.StoredFlows;
import io.headrace.packet.IpAddress;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

/** The flows in a file, under the names that a configuration has for their addresses. */
public final class FileFlows implements FlowSource {
  private final StoredFlows flows;
  private final FlowNames names;
  private final Map<End, Integer> serviceIds = new HashMap<>();
  private final Map<End, Integer> serverIds = new HashMap<>();

  /**
   * @param of the protocol of a service, the service of a server
   */
  private record End(int of, IpAddress address, int port) {
    static End of(int of, InetSocketAddress at) {
      return new End(of, IpAddress.of(at.getAddress()), at.getPort());
    }
  }

  /**
   * @param flows which the caller closes
   * @param snapshot the frontends and servers that are known
   */
  public FileFlows(StoredFlows flows, Snapshot snapshot) {
    this.flows = flows;
    this.names = FlowNames.of(snapshot);
    for (Service service : snapshot.services()) {
      serviceIds.put(End.of(service.protocol().number(), service.listen()), service.id());
      for (Server server : service.pool().servers()) {
        serverIds.put(End.of(service.id(), server.address()), server.id());
      }
    }
  }

  @Override
  public FlowNames names() {
    return names;
  }

  @Override
  public void forEach(Action action) throws IOException {
    FlowView view = new FlowView();
    try {
      flows.forEach(
          flow -> {
            try {
              action.accept(view(flow, view));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private FlowView view(StoredFlow flow, FlowView view) {
    int service = id(serviceIds, new End(flow.protocol(), flow.service(), flow.servicePort()));
    int server = id(serverIds, new End(service, flow.server(), flow.serverPort()));
    return view.copy(flow, server, service);
  }

  private static int id(Map<End, Integer> ids, End end) {
    return ids.getOrDefault(end, FlowView.UNKNOWN);
  }
}
