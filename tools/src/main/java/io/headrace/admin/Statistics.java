package io.headrace.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.Frontend;
import io.headrace.forward.Reason;
import io.headrace.forward.Target;
import io.headrace.forward.Traffic;
import io.headrace.forward.Verdict;
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
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * What {@code /stats} answers: the keys of Convey, with its meaning of bytes_tx (from clients to
 * servers) and bytes_rx (from servers to clients); and beside them what became of the frames and
 * how long they spent in each stage of the pipeline.
 */
public final class Statistics {
  private static final JsonFactory JSON = new JsonFactory();

  private Statistics() {}

  /**
   * Writes the statistics as one JSON object, and closes the stream.
   *
   * @param snapshot the frontends, backends and servers of the moment
   * @param table with their traffic; and which are up, since it is what new connections go by
   * @param pipeline that carries it
   * @param out where to
   * @throws IOException when the stream does
   */
  public static void write(
      Snapshot snapshot, ForwardingTable table, Pipeline pipeline, OutputStream out)
      throws IOException {
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
      writeFrames(pipeline, json);
      writeStages(pipeline.times(), json);
      json.writeEndObject();
    }
  }

  private static void writeFrames(Pipeline pipeline, JsonGenerator json) throws IOException {
    PipelineCounts counts = pipeline.counts();
    Map<Reason, Long> refused = counts.refused();
    json.writeObjectFieldStart("frames");
    json.writeNumberField("received", counts.received().get());
    json.writeNumberField("forwarded", counts.forwarded().get());
    writeRefused("answered", Verdict.ANSWER, refused, json);
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
