package io.headrace.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.Frontend;
import io.headrace.forward.Target;
import io.headrace.forward.Traffic;
import io.headrace.registry.Pool;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * What {@code /stats} answers: the keys of Convey, with its meaning of bytes_tx (from clients to
 * servers) and bytes_rx (from servers to clients).
 */
public final class Statistics {
  private static final JsonFactory JSON = new JsonFactory();

  private Statistics() {}

  /**
   * Writes the statistics as one JSON object, and closes the stream.
   *
   * @param snapshot the frontends, backends and servers of the moment
   * @param table with their traffic
   * @param out where to
   * @throws IOException when the stream does
   */
  public static void write(Snapshot snapshot, ForwardingTable table, OutputStream out)
      throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      Sum all = Sum.ofFrontends(table.frontends());
      json.writeNumberField("total_connections", all.opened);
      json.writeNumberField("current_connections", all.open);
      json.writeNumberField("total_bytes_tx", all.bytesFromClients);
      json.writeNumberField("total_bytes_rx", all.bytesFromServers);
      json.writeObjectFieldStart("backends");
      for (Pool pool : snapshot.pools()) {
        json.writeObjectFieldStart(pool.name());
        write(Sum.ofPool(pool, table.targets()), json);
        json.writeObjectFieldStart("servers");
        for (Server server : pool.servers()) {
          json.writeBooleanField(address(server), snapshot.isUp(server));
        }
        json.writeEndObject();
        json.writeEndObject();
      }
      json.writeEndObject();
      json.writeObjectFieldStart("frontends");
      for (Service service : snapshot.services()) {
        json.writeObjectFieldStart(service.name());
        write(Sum.ofFrontends(List.of(table.frontends().get(service.id()))), json);
        json.writeEndObject();
      }
      json.writeEndObject();
      json.writeEndObject();
    }
  }

  private static String address(Server server) {
    return server.address().getAddress().getHostAddress() + ":" + server.address().getPort();
  }

  private static void write(Sum sum, JsonGenerator json) throws IOException {
    json.writeNumberField("total_connections", sum.opened);
    json.writeNumberField("current_connections", sum.open);
    json.writeNumberField("bytes_tx", sum.bytesFromClients);
    json.writeNumberField("bytes_rx", sum.bytesFromServers);
  }

  /** Traffic over all workers, and over several frontends or servers. */
  private static final class Sum {
    private long opened;
    private long open;
    private long bytesFromClients;
    private long bytesFromServers;

    static Sum ofFrontends(List<Frontend> frontends) {
      Sum sum = new Sum();
      frontends.forEach(frontend -> sum.add(frontend.traffic()));
      return sum;
    }

    /** A server that left the configuration still counts for its backend. */
    static Sum ofPool(Pool pool, List<Target> targets) {
      Sum sum = new Sum();
      targets.stream()
          .filter(target -> target.server().backend().equals(pool.name()))
          .forEach(target -> sum.add(target.traffic()));
      return sum;
    }

    private void add(List<Traffic> byWorker) {
      for (Traffic traffic : byWorker) {
        opened += traffic.totalConnections().get();
        open += traffic.currentConnections().get();
        bytesFromClients += traffic.bytesFromClients().get();
        bytesFromServers += traffic.bytesFromServers().get();
      }
    }
  }
}
