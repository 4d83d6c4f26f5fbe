package io.headrace.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowState;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.Frontend;
import io.headrace.forward.Reason;
import io.headrace.forward.Target;
import io.headrace.forward.Traffic;
import io.headrace.forward.Verdict;
import io.headrace.listing.FlowListing;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.Pipeline;
import io.headrace.pipeline.PipelineCounts;
import io.headrace.pipeline.StageTime;
import io.headrace.registry.Pool;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What {@code /stats} answers: the keys of Convey, with its meaning of bytes_tx (from clients to
 * servers) and bytes_rx (from servers to clients); and beside them what became of the frames, how
 * long they spent in each stage of the pipeline, and what the flow tables count.
 */
public final class Statistics {
  private static final JsonFactory JSON = new JsonFactory();

  private Statistics() {}

  /**
   * Writes the statistics as one JSON object, and closes the stream.
   *
   * @param snapshot the frontends, backends and servers of the moment
   * @param passthrough the data path that carries it
   * @param fileBytes the length of the flow file
   * @param out where to
   * @throws IOException when the stream does
   */
  public static void write(
      Snapshot snapshot, Passthrough passthrough, long fileBytes, OutputStream out)
      throws IOException {
    ForwardingTable table = passthrough.tables().current();
    Set<Server> up =
        table.targets().stream()
            .filter(Target::isUp)
            .map(Target::server)
            .collect(Collectors.toSet());
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
          json.writeBooleanField(address(server), up.contains(server));
        }
        json.writeEndObject();
        json.writeEndObject();
      }
      json.writeEndObject();
      json.writeObjectFieldStart("frontends");
      for (Service service : snapshot.services()) {
        json.writeObjectFieldStart(service.name());
        List<Frontend> counted =
            table.frontends().stream().filter(each -> each.service().id() == service.id()).toList();
        write(Sum.ofFrontends(counted), json);
        json.writeEndObject();
      }
      json.writeEndObject();
      writeFrames(passthrough.pipeline(), json);
      writeConntrack(passthrough, fileBytes, json);
      writeStages(passthrough.pipeline().times(), json);
      json.writeEndObject();
    }
  }

  private static void writeFrames(Pipeline pipeline, JsonGenerator json) throws IOException {
    PipelineCounts counts = pipeline.counts();
    Map<Reason, Long> refused = counts.refused();
    json.writeObjectFieldStart("frames");
    json.writeNumberField("received", counts.received().get());
    json.writeNumberField("forwarded", counts.forwarded().get());
    writeRefused("dropped", Verdict.DROP, refused, json);
    writeRefused("passed", Verdict.PASS, refused, json);
    json.writeNumberField("missed", pipeline.missed());
    json.writeNumberField("send_failed", pipeline.sendFailed());
    json.writeNumberField("ring_full", counts.ringFull().get());
    json.writeNumberField("faults", counts.faults().get());
    json.writeEndObject();
  }

  private static void writeRefused(
      String name, Verdict verdict, Map<Reason, Long> refused, JsonGenerator json)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<Reason, Long> entry : refused.entrySet()) {
      if (entry.getKey().verdict() == verdict) {
        json.writeNumberField(entry.getKey().label(), entry.getValue());
      }
    }
    json.writeEndObject();
  }

  /** Over all workers' tables. */
  private static void writeConntrack(Passthrough passthrough, long fileBytes, JsonGenerator json)
      throws IOException {
    List<ConntrackCounters> counters = passthrough.flowCounters();
    json.writeObjectFieldStart("conntrack");
    FlowListing.writeCounts(
        Stream.of(FlowState.values())
            .mapToLong(state -> sum(counters, each -> each.in(state)))
            .toArray(),
        json);
    json.writeNumberField("capacity", passthrough.flowCapacity());
    json.writeNumberField("inserts", sum(counters, ConntrackCounters::created));
    json.writeNumberField("hits", sum(counters, ConntrackCounters::hits));
    json.writeNumberField("misses", sum(counters, ConntrackCounters::misses));
    json.writeNumberField("expired", sum(counters, ConntrackCounters::expired));
    json.writeNumberField("recycled", sum(counters, ConntrackCounters::recycled));
    json.writeNumberField("nat_ports_recycled", sum(counters, ConntrackCounters::portsRecycled));
    json.writeObjectFieldStart("refused");
    json.writeNumberField("table_full", sum(counters, ConntrackCounters::tableFull));
    json.writeNumberField("no_nat_port", sum(counters, ConntrackCounters::noPort));
    json.writeEndObject();
    json.writeNumberField("file_failed", sum(counters, ConntrackCounters::storeFailed));
    json.writeNumberField("file_bytes", fileBytes);
    json.writeEndObject();
  }

  private static long sum(
      List<ConntrackCounters> counters, Function<ConntrackCounters, AtomicCounter> counter) {
    return counters.stream().map(counter).mapToLong(AtomicCounter::get).sum();
  }

  /** The times of all workers are one stage's. */
  private static void writeStages(List<StageTime> times, JsonGenerator json) throws IOException {
    Map<String, Histogram> stages = new LinkedHashMap<>();
    for (StageTime time : times) {
      time.addTo(stages.computeIfAbsent(time.stage(), absent -> new Histogram(2)));
    }
    json.writeObjectFieldStart("stages");
    for (Map.Entry<String, Histogram> stage : stages.entrySet()) {
      Histogram ns = stage.getValue();
      json.writeObjectFieldStart(stage.getKey());
      json.writeNumberField("count", ns.getTotalCount());
      json.writeNumberField("p50_ns", ns.getValueAtPercentile(50));
      json.writeNumberField("p99_ns", ns.getValueAtPercentile(99));
      json.writeNumberField("p999_ns", ns.getValueAtPercentile(99.9));
      json.writeNumberField("max_ns", ns.getMaxValue());
      json.writeEndObject();
    }
    json.writeEndObject();
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
        opened += traffic.totalConnections();
        open += traffic.currentConnections();
        bytesFromClients += traffic.bytesFromClients();
        bytesFromServers += traffic.bytesFromServers();
      }
    }
  }
}
