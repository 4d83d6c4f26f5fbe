package io.headrace.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.config.Mode;
import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowState;
import io.headrace.forward.Reason;
import io.headrace.forward.Target;
import io.headrace.forward.Traffic;
import io.headrace.forward.Verdict;
import io.headrace.listing.FlowListing;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.Pipeline;
import io.headrace.pipeline.PipelineCounts;
import io.headrace.pipeline.StageTime;
import io.headrace.proxy.Ended;
import io.headrace.proxy.FrontendCounts;
import io.headrace.proxy.Proxy;
import io.headrace.proxy.ServerCounts;
import io.headrace.registry.Pool;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import io.headrace.registry.State;
import io.headrace.registry.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What {@code /stats} answers: the keys of Convey, with its meaning of bytes_tx (from clients to
 * servers) and bytes_rx (from servers to clients); and beside them, for the proxy, how connections
 * ended and how long they took, and for passthrough what became of the frames, how long they spent
 * in each stage of the pipeline, and what the flow tables count.
 */
public final class Statistics {
  private static final JsonFactory JSON = new JsonFactory();

  private final Registry registry;
  private final Snapshot snapshot;
  private final Optional<Passthrough> passthrough;
  private final Proxy proxy;
  private final JsonGenerator json;

  private Statistics(
      Registry registry, Optional<Passthrough> passthrough, Proxy proxy, JsonGenerator json) {
    this.registry = registry;
    this.snapshot = registry.snapshot();
    this.passthrough = passthrough;
    this.proxy = proxy;
    this.json = json;
  }

  /**
   * Writes the statistics as one JSON object, and closes the stream.
   *
   * @param registry the frontends, backends and servers of the moment
   * @param passthrough with its traffic; and which servers are up, since its forwarding table is
   *     what its new connections go by
   * @param fileBytes the length of the flow file
   * @param proxy with its traffic
   * @param out where to
   * @throws IOException when the stream does
   */
  public static void write(
      Registry registry,
      Optional<Passthrough> passthrough,
      long fileBytes,
      Proxy proxy,
      OutputStream out)
      throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.useDefaultPrettyPrinter();
      new Statistics(registry, passthrough, proxy, json).write(fileBytes);
    }
  }

  private void write(long fileBytes) throws IOException {
    json.writeStartObject();
    Sum all = frontends(_ -> true);
    json.writeNumberField("total_connections", all.opened);
    json.writeNumberField("current_connections", all.open);
    json.writeNumberField("total_bytes_tx", all.bytesFromClients);
    json.writeNumberField("total_bytes_rx", all.bytesFromServers);
    json.writeObjectFieldStart("backends");
    for (Pool pool : snapshot.pools()) {
      json.writeObjectFieldStart(pool.name());
      write(pool);
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeObjectFieldStart("frontends");
    for (Service service : snapshot.services()) {
      json.writeObjectFieldStart(service.name());
      write(frontends(id -> id == service.id()));
      FrontendCounts proxied = proxy.frontends().get(service.id());
      if (proxied != null) {
        write(proxied);
      }
      json.writeEndObject();
    }
    json.writeEndObject();
    if (passthrough.isPresent()) {
      writeFrames(passthrough.get().pipeline(), json);
      writeConntrack(passthrough.get(), fileBytes, json);
      writeStages(passthrough.get().pipeline().times(), json);
    }
    json.writeEndObject();
  }

  /** A server that left the configuration still counts for its backend. */
  private void write(Pool pool) throws IOException {
    Sum all = new Sum();
    targets().stream()
        .filter(target -> target.server().backend().equals(pool.name()))
        .forEach(target -> all.add(target.traffic()));
    proxy.servers().values().stream()
        .filter(counts -> counts.backend().equals(pool.name()))
        .forEach(all::add);
    write(all);
    Predicate<Server> up = up(pool);
    json.writeObjectFieldStart("servers");
    for (Server server : pool.servers()) {
      json.writeBooleanField(address(server), up.test(server) && !isDraining(server));
    }
    json.writeEndObject();
    writeStates(pool);
    json.writeObjectFieldStart("server_counts");
    for (Server server : pool.servers()) {
      json.writeObjectFieldStart(address(server));
      write(server);
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private boolean isDraining(Server server) {
    return registry.status(server).filter(each -> each.state() == State.DRAINING).isPresent();
  }

  private void writeStates(Pool pool) throws IOException {
    json.writeObjectFieldStart("server_states");
    for (Server server : pool.servers()) {
      Optional<Status> status = registry.status(server);
      if (status.isPresent()) {
        json.writeObjectFieldStart(address(server));
        json.writeStringField("name", server.name());
        json.writeStringField("state", status.get().state().label());
        json.writeStringField("reason", status.get().reason());
        json.writeStringField("since", status.get().since().toString());
        json.writeStringField("admin", status.get().admin().label());
        json.writeNumberField("weight", server.weight());
        json.writeEndObject();
      }
    }
    json.writeEndObject();
  }

  private void write(Server server) throws IOException {
    Sum sum = new Sum();
    targets().stream()
        .filter(target -> target.server().id() == server.id())
        .forEach(target -> sum.add(target.traffic()));
    ServerCounts proxied = proxy.servers().get(server.id());
    if (proxied == null) {
      write(sum);
      return;
    }
    sum.add(proxied);
    write(sum);
    json.writeNumberField("connect_refused", proxied.connectRefused());
    json.writeNumberField("connect_timed_out", proxied.connectTimedOut());
    json.writeNumberField("connect_failed", proxied.connectFailed());
  }

  /** What new connections go by: the forwarding table where passthrough uses the pool. */
  private Predicate<Server> up(Pool pool) {
    if (passthrough.isEmpty() || !snapshot.only(Mode::isOfFrames).pools().contains(pool)) {
      return snapshot::isUp;
    }
    Set<Integer> up =
        targets().stream()
            .filter(Target::isUp)
            .map(target -> target.server().id())
            .collect(Collectors.toSet());
    return server -> up.contains(server.id());
  }

  private Collection<Target> targets() {
    return passthrough.map(each -> each.tables().current().targets()).orElse(List.of());
  }

  private Sum frontends(IntPredicate id) {
    Sum sum = new Sum();
    passthrough.stream()
        .flatMap(each -> each.tables().current().frontends().stream())
        .filter(frontend -> id.test(frontend.service().id()))
        .forEach(frontend -> sum.add(frontend.traffic()));
    proxy
        .frontends()
        .forEach(
            (each, counts) -> {
              if (id.test(each)) {
                sum.add(counts);
              }
            });
    return sum;
  }

  private void write(FrontendCounts counts) throws IOException {
    json.writeNumberField("retries", counts.retries());
    json.writeNumberField("datagrams_dropped", counts.droppedDatagrams());
    json.writeObjectFieldStart("ends");
    for (Map.Entry<Ended, Long> end : counts.ends().entrySet()) {
      json.writeNumberField(end.getKey().label(), end.getValue());
    }
    json.writeEndObject();
    write("connect_time", counts.connectUs());
    write("connection_time", counts.connectionUs());
  }

  private void write(String name, Histogram us) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("count", us.getTotalCount());
    json.writeNumberField("p50_us", us.getValueAtPercentile(50));
    json.writeNumberField("p99_us", us.getValueAtPercentile(99));
    json.writeNumberField("p999_us", us.getValueAtPercentile(99.9));
    json.writeNumberField("max_us", us.getMaxValue());
    json.writeEndObject();
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
    json.writeNumberField("source_limit", sum(counters, ConntrackCounters::sourceLimited));
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

  private void write(Sum sum) throws IOException {
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

    private void add(List<Traffic> byWorker) {
      for (Traffic traffic : byWorker) {
        opened += traffic.totalConnections();
        open += traffic.currentConnections();
        bytesFromClients += traffic.bytesFromClients();
        bytesFromServers += traffic.bytesFromServers();
      }
    }

    private void add(FrontendCounts counts) {
      opened += counts.totalConnections();
      open += counts.currentConnections();
      bytesFromClients += counts.bytesFromClients();
      bytesFromServers += counts.bytesFromServers();
    }

    private void add(ServerCounts counts) {
      opened += counts.totalConnections();
      open += counts.currentConnections();
      bytesFromClients += counts.bytesFromClients();
      bytesFromServers += counts.bytesFromServers();
    }
  }
}
