package io.headrace.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.conntrack.FlowState;
import io.headrace.counters.CountersFiles;
import io.headrace.counters.CountersView;
import io.headrace.counters.Counts;
import io.headrace.counters.Directory;
import io.headrace.counters.DistinctError;
import io.headrace.counters.Draining;
import io.headrace.counters.Metric;
import io.headrace.counters.TimesView;
import io.headrace.listing.FlowListing;
import io.headrace.metrics.Buckets;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What {@code /stats} and {@code headrace stats} answer: the keys of Convey, with its meaning of
 * bytes_tx (from clients to servers) and bytes_rx (from servers to clients); and beside them, for
 * the proxy, how connections ended and how long they took, and for passthrough what became of the
 * frames, how long they spent in each stage of the pipeline, and what the flow tables count.
 */
public final class Statistics {
  private static final JsonFactory JSON = new JsonFactory();
  private static final long NS_PER_US = 1000;

  private final CountersView view;
  private final Directory directory;
  private final Counts counts;
  private final JsonGenerator json;

  private Statistics(CountersView view, JsonGenerator json) {
    this.view = view;
    this.directory = view.directory();
    this.counts = view.counts();
    this.json = json;
  }

  /**
   * Writes the statistics as one JSON object, and closes the stream.
   *
   * @param view of a balancer's counters
   * @param out where to
   * @throws IOException when the stream does
   */
  public static void write(CountersView view, OutputStream out) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.useDefaultPrettyPrinter();
      new Statistics(view, json).write();
    }
  }

  private void write() throws IOException {
    json.writeStartObject();
    number("total_connections", Metric.FRONTEND_CONNECTIONS);
    number("current_connections", Metric.FRONTEND_OPEN);
    number("total_bytes_tx", Metric.FRONTEND_BYTES_FROM_CLIENTS);
    number("total_bytes_rx", Metric.FRONTEND_BYTES_FROM_SERVERS);
    json.writeObjectFieldStart("backends");
    for (String backend : directory.backends()) {
      json.writeObjectFieldStart(backend);
      writeBackend(backend);
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeObjectFieldStart("frontends");
    for (Directory.Frontend frontend : directory.frontends()) {
      json.writeObjectFieldStart(frontend.name());
      write(frontend);
      json.writeEndObject();
    }
    json.writeEndObject();
    writeDraining();
    if (counts.has(Metric.FRAMES_RECEIVED)) {
      writeFrames();
      writeConntrack();
      writeStages();
    }
    writeStalls();
    writeErrors();
    json.writeEndObject();
  }

  private void number(String field, Metric metric) throws IOException {
    json.writeNumberField(field, counts.sum(metric));
  }

  private void number(String field, Metric metric, int id) throws IOException {
    json.writeNumberField(field, counts.sum(metric, id));
  }

  private Stream<Directory.Server> servers(String backend) {
    return directory.servers().stream().filter(server -> server.backend().equals(backend));
  }

  /** A server that left the configuration still counts for its backend. */
  private void writeBackend(String backend) throws IOException {
    json.writeNumberField("total_connections", sum(backend, Metric.SERVER_CONNECTIONS));
    json.writeNumberField("current_connections", sum(backend, Metric.SERVER_OPEN));
    json.writeNumberField("bytes_tx", sum(backend, Metric.SERVER_BYTES_FROM_CLIENTS));
    json.writeNumberField("bytes_rx", sum(backend, Metric.SERVER_BYTES_FROM_SERVERS));
    json.writeObjectFieldStart("servers");
    for (Directory.Server server : configured(backend)) {
      json.writeBooleanField(server.address(), ServerState.isUp(server, directory, counts));
    }
    json.writeEndObject();
    writeStates(backend);
    json.writeObjectFieldStart("server_counts");
    for (Directory.Server server : configured(backend)) {
      json.writeObjectFieldStart(server.address());
      write(server);
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private void writeStates(String backend) throws IOException {
    json.writeObjectFieldStart("server_states");
    for (Directory.Server server : configured(backend)) {
      Directory.State state = server.state();
      json.writeObjectFieldStart(server.address());
      json.writeStringField("name", server.name());
      json.writeStringField("state", state.label());
      json.writeStringField("reason", state.reason());
      json.writeStringField("since", state.since().toString());
      json.writeStringField("admin", state.admin());
      json.writeNumberField("weight", server.weight());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private Iterable<Directory.Server> configured(String backend) {
    return servers(backend).filter(Directory.Server::isConfigured).toList();
  }

  private long sum(String backend, Metric metric) {
    return servers(backend).mapToLong(server -> counts.sum(metric, server.id())).sum();
  }

  private void write(Directory.Server server) throws IOException {
    int id = server.id();
    number("total_connections", Metric.SERVER_CONNECTIONS, id);
    number("current_connections", Metric.SERVER_OPEN, id);
    number("bytes_tx", Metric.SERVER_BYTES_FROM_CLIENTS, id);
    number("bytes_rx", Metric.SERVER_BYTES_FROM_SERVERS, id);
    if (counts.has(Metric.SERVER_CONNECT_REFUSED, id)) {
      number("connect_refused", Metric.SERVER_CONNECT_REFUSED, id);
      number("connect_timed_out", Metric.SERVER_CONNECT_TIMED_OUT, id);
      number("connect_failed", Metric.SERVER_CONNECT_FAILED, id);
    }
  }

  private void write(Directory.Frontend frontend) throws IOException {
    int id = frontend.id();
    number("total_connections", Metric.FRONTEND_CONNECTIONS, id);
    number("current_connections", Metric.FRONTEND_OPEN, id);
    number("bytes_tx", Metric.FRONTEND_BYTES_FROM_CLIENTS, id);
    number("bytes_rx", Metric.FRONTEND_BYTES_FROM_SERVERS, id);
    if (counts.has(Metric.FRONTEND_ENDS, id)) {
      number("retries", Metric.FRONTEND_RETRIES, id);
      number("datagrams_dropped", Metric.FRONTEND_DATAGRAMS_DROPPED, id);
      writeAll("ends", counts.byKind(Metric.FRONTEND_ENDS, id));
      writeUs("accept_time", Metric.ACCEPT_TIME, id);
      writeUs("connect_time", Metric.CONNECT_TIME, id);
      writeUs("first_byte_time", Metric.FIRST_BYTE_TIME, id);
      writeUs("to_server_time", Metric.TO_SERVER_TIME, id);
      writeUs("to_client_time", Metric.TO_CLIENT_TIME, id);
      writeUs("connection_time", Metric.CONNECTION_TIME, id);
    }
  }

  private void writeUs(String name, Metric metric, int id) throws IOException {
    TimesView times = view.times(metric, id);
    json.writeObjectFieldStart(name);
    json.writeNumberField("count", times.count());
    json.writeNumberField("p50_us", times.percentileNs(50) / NS_PER_US);
    json.writeNumberField("p99_us", times.percentileNs(99) / NS_PER_US);
    json.writeNumberField("p999_us", times.percentileNs(99.9) / NS_PER_US);
    json.writeNumberField("max_us", times.maxNs() / NS_PER_US);
    writeBuckets(metric, times, NS_PER_US);
    json.writeEndObject();
  }

  /** How many there are in each bucket that has any, by its upper bound. */
  private void writeBuckets(Metric metric, TimesView times, long unitNs) throws IOException {
    long[] bounds = Buckets.bounds(metric);
    long[] counts = Buckets.counts(times, bounds);
    json.writeObjectFieldStart("buckets");
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        String bound = i < bounds.length ? Long.toString(bounds[i] / unitNs) : "inf";
        json.writeNumberField(bound, counts[i]);
      }
    }
    json.writeEndObject();
  }

  private void writeAll(String name, Map<String, Long> byKind) throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, Long> each : byKind.entrySet()) {
      json.writeNumberField(each.getKey(), each.getValue());
    }
    json.writeEndObject();
  }

  /** The processes that this one has followed. */
  private void writeDraining() throws IOException {
    json.writeArrayFieldStart("draining");
    for (Draining process : CountersFiles.drainingBeside(view)) {
      json.writeStartObject();
      json.writeNumberField("pid", process.pid());
      json.writeStringField("since", process.since().toString());
      json.writeNumberField("current_connections", process.connections());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void writeFrames() throws IOException {
    json.writeObjectFieldStart("frames");
    number("received", Metric.FRAMES_RECEIVED);
    number("forwarded", Metric.FRAMES_FORWARDED);
    number("offloaded", Metric.FRAMES_OFFLOADED);
    writeOccurred("answered", Metric.FRAMES_ANSWERED);
    writeOccurred("dropped", Metric.FRAMES_DROPPED);
    writeOccurred("passed", Metric.FRAMES_PASSED);
    number("missed", Metric.FRAMES_MISSED);
    number("send_failed", Metric.SEND_FAILED);
    number("ring_full", Metric.RING_FULL);
    number("faults", Metric.STAGE_FAULTS);
    json.writeEndObject();
  }

  private void writeOccurred(String name, Metric metric) throws IOException {
    Map<String, Long> byReason = counts.byKind(metric);
    byReason.values().removeIf(count -> count == 0);
    writeAll(name, byReason);
  }

  /** Over all workers' tables. */
  private void writeConntrack() throws IOException {
    Map<String, Long> byState = counts.byKind(Metric.FLOWS);
    json.writeObjectFieldStart("conntrack");
    FlowListing.writeCounts(
        Stream.of(FlowState.values())
            .mapToLong(state -> byState.getOrDefault(state.label(), 0L))
            .toArray(),
        json);
    number("capacity", Metric.FLOW_CAPACITY);
    number("offloaded", Metric.FLOWS_OFFLOADED);
    number("not_offloaded", Metric.FLOWS_NOT_OFFLOADED);
    number("inserts", Metric.FLOWS_CREATED);
    number("hits", Metric.FLOW_HITS);
    number("misses", Metric.FLOW_MISSES);
    number("expired", Metric.FLOWS_EXPIRED);
    number("recycled", Metric.FLOWS_RECYCLED);
    number("nat_ports_recycled", Metric.NAT_PORTS_RECYCLED);
    json.writeObjectFieldStart("refused");
    number("table_full", Metric.FLOWS_TABLE_FULL);
    number("no_nat_port", Metric.FLOWS_NO_NAT_PORT);
    number("source_limit", Metric.FLOWS_SOURCE_LIMITED);
    json.writeEndObject();
    number("waiting", Metric.FLOWS_WAITING);
    number("file_hits", Metric.FLOW_FILE_HITS);
    number("recovered", Metric.FLOWS_RECOVERED);
    number("orphaned", Metric.FLOWS_ORPHANED);
    number("file_failed", Metric.FLOWS_NOT_STORED);
    number("file_bytes", Metric.FLOW_FILE_BYTES);
    json.writeEndObject();
  }

  /** The times of all workers are one stage's. */
  private void writeStages() throws IOException {
    json.writeObjectFieldStart("stages");
    for (Map.Entry<String, TimesView> stage : view.times(Metric.STAGE_TIME).entrySet()) {
      TimesView times = stage.getValue();
      json.writeObjectFieldStart(stage.getKey());
      json.writeNumberField("count", times.count());
      json.writeNumberField("mean_ns", Math.round(times.meanNs()));
      json.writeNumberField("p50_ns", times.percentileNs(50));
      json.writeNumberField("p99_ns", times.percentileNs(99));
      json.writeNumberField("p999_ns", times.percentileNs(99.9));
      json.writeNumberField("max_ns", times.maxNs());
      writeBuckets(Metric.STAGE_TIME, times, 1);
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private void writeStalls() throws IOException {
    Map<String, Long> stalled = counts.byKind(Metric.CYCLES_STALLED);
    json.writeObjectFieldStart("threads");
    for (Map.Entry<String, Long> each : counts.byKind(Metric.CYCLE_LONGEST).entrySet()) {
      json.writeObjectFieldStart(each.getKey());
      json.writeNumberField("longest_cycle_ns", each.getValue());
      json.writeNumberField("stalls", stalled.getOrDefault(each.getKey(), 0L));
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeObjectFieldStart("pauses");
    for (Map.Entry<String, TimesView> each : view.times(Metric.PAUSE_TIME).entrySet()) {
      json.writeObjectFieldStart(each.getKey());
      json.writeNumberField("count", each.getValue().count());
      json.writeNumberField("ns", each.getValue().sumNs());
      json.writeNumberField("longest_ns", each.getValue().maxNs());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private void writeErrors() throws IOException {
    json.writeArrayFieldStart("errors");
    for (DistinctError error : view.errors()) {
      json.writeStartObject();
      json.writeStringField("error", error.headline());
      json.writeNumberField("count", error.count());
      json.writeStringField("first", error.first().toString());
      json.writeStringField("last", error.last().toString());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
