package io.headrace.metrics;

import static io.headrace.metrics.Source.Owner.BACKEND;
import static io.headrace.metrics.Source.Owner.FRONTEND;
import static io.headrace.metrics.Source.Owner.PROCESS;
import static io.headrace.metrics.Source.Owner.SERVER;
import static io.headrace.metrics.Source.Type.COUNTER;
import static io.headrace.metrics.Source.Type.GAUGE;
import static io.headrace.metrics.Source.Type.HISTOGRAM;

import io.headrace.counters.Metric;
import io.headrace.metrics.Source.Owner;
import io.headrace.metrics.Source.Type;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.List;
import java.util.stream.Stream;

/**
 * The names of Prometheus for all that the counters file has, by the conventions of <a
 * href="https://prometheus.io/docs/practices/naming/">Prometheus</a>. One metric may be told more
 * than once: of a server and of its backend.
 */
final class Sources {
  private static final String CONNECT_FAILURES =
      "connections that the server did not take, by reason";
  private static final String LOOKUPS = "look-ups of the flow of a frame, by result";
  private static final String REFUSED = "flows that found no place, by reason";
  private static final String TRAFFIC =
      "bytes by the side that they came from: frames in passthrough, payload in proxy";

  static final List<Source> ALL =
      Stream.of(
              frames(),
              process(),
              flows(),
              connections(
                  PROCESS,
                  Metric.FRONTEND_CONNECTIONS,
                  Metric.FRONTEND_OPEN,
                  Metric.FRONTEND_BYTES_FROM_CLIENTS,
                  Metric.FRONTEND_BYTES_FROM_SERVERS),
              connections(
                  FRONTEND,
                  Metric.FRONTEND_CONNECTIONS,
                  Metric.FRONTEND_OPEN,
                  Metric.FRONTEND_BYTES_FROM_CLIENTS,
                  Metric.FRONTEND_BYTES_FROM_SERVERS),
              frontends(),
              connections(
                  BACKEND,
                  Metric.SERVER_CONNECTIONS,
                  Metric.SERVER_OPEN,
                  Metric.SERVER_BYTES_FROM_CLIENTS,
                  Metric.SERVER_BYTES_FROM_SERVERS),
              connections(
                  SERVER,
                  Metric.SERVER_CONNECTIONS,
                  Metric.SERVER_OPEN,
                  Metric.SERVER_BYTES_FROM_CLIENTS,
                  Metric.SERVER_BYTES_FROM_SERVERS),
              servers())
          .flatMap(List::stream)
          .toList();

  private Sources() {}

  private static Source of(Metric metric, Type type, String name) {
    return Source.of(metric, type, PROCESS, name);
  }

  private static List<Source> frames() {
    return List.of(
        of(Metric.FRAMES_RECEIVED, COUNTER, "frames_received"),
        of(Metric.FRAMES_FORWARDED, COUNTER, "frames_forwarded"),
        of(Metric.FRAMES_OFFLOADED, COUNTER, "frames_offloaded"),
        of(Metric.FRAMES_ANSWERED, COUNTER, "frames_answered").by("reason"),
        of(Metric.FRAMES_DROPPED, COUNTER, "frames_dropped").by("reason"),
        of(Metric.FRAMES_PASSED, COUNTER, "frames_passed").by("reason"),
        of(Metric.FRAMES_MISSED, COUNTER, "frames_missed").by("interface"),
        of(Metric.SEND_FAILED, COUNTER, "frames_send_failed").by("interface"),
        of(Metric.RING_FULL, COUNTER, "ring_full"),
        of(Metric.STAGE_FAULTS, COUNTER, "stage_faults"),
        of(Metric.STAGE_TIME, HISTOGRAM, "stage_seconds").in(Unit.SECONDS).by("stage"));
  }

  private static List<Source> process() {
    return List.of(
        of(Metric.CYCLE_LONGEST, GAUGE, "thread_longest_cycle_seconds")
            .in(Unit.SECONDS)
            .meaning("the longest duty cycle, by thread")
            .by("thread"),
        of(Metric.CYCLES_STALLED, COUNTER, "thread_stalls").by("thread"),
        of(Metric.PAUSE_TIME, HISTOGRAM, "jvm_pause_seconds").in(Unit.SECONDS).by("operation"));
  }

  private static List<Source> flows() {
    return List.of(
        of(Metric.FLOWS, GAUGE, "flows").by("state"),
        of(Metric.FLOWS_OFFLOADED, GAUGE, "flows_offloaded"),
        of(Metric.FLOWS_NOT_OFFLOADED, COUNTER, "flows_not_offloaded"),
        of(Metric.FLOWS_WAITING, GAUGE, "flows_waiting"),
        of(Metric.FLOW_FILE_HITS, COUNTER, "flow_file_hits"),
        of(Metric.FLOWS_RECOVERED, COUNTER, "flows_recovered"),
        of(Metric.FLOWS_ORPHANED, COUNTER, "flows_orphaned"),
        of(Metric.FLOW_CAPACITY, GAUGE, "flow_capacity"),
        of(Metric.FLOW_FILE_BYTES, GAUGE, "flow_file_bytes").in(Unit.BYTES),
        of(Metric.FLOW_HITS, COUNTER, "flow_lookups").as("result", "hit", LOOKUPS),
        of(Metric.FLOW_MISSES, COUNTER, "flow_lookups").as("result", "miss", LOOKUPS),
        of(Metric.FLOWS_CREATED, COUNTER, "flows_begun"),
        of(Metric.FLOWS_EXPIRED, COUNTER, "flows_expired"),
        of(Metric.FLOWS_RECYCLED, COUNTER, "flows_recycled"),
        of(Metric.NAT_PORTS_RECYCLED, COUNTER, "nat_ports_recycled"),
        of(Metric.FLOWS_RESUMED, COUNTER, "flows_resumed"),
        of(Metric.FLOWS_NOT_STORED, COUNTER, "flows_not_stored"),
        of(Metric.FLOWS_TABLE_FULL, COUNTER, "flows_refused").as("reason", "table_full", REFUSED),
        of(Metric.FLOWS_NO_NAT_PORT, COUNTER, "flows_refused").as("reason", "no_nat_port", REFUSED),
        of(Metric.FLOWS_SOURCE_LIMITED, COUNTER, "flows_refused")
            .as("reason", "source_limit", REFUSED));
  }

  private static List<Source> connections(
      Owner owner, Metric total, Metric open, Metric fromClients, Metric fromServers) {
    return List.of(
        Source.of(total, COUNTER, owner, "connections"),
        Source.of(open, GAUGE, owner, "open_connections"),
        Source.of(fromClients, COUNTER, owner, "traffic_bytes")
            .in(Unit.BYTES)
            .as("from", "clients", TRAFFIC),
        Source.of(fromServers, COUNTER, owner, "traffic_bytes")
            .in(Unit.BYTES)
            .as("from", "servers", TRAFFIC));
  }

  private static List<Source> frontends() {
    return List.of(
        Source.of(Metric.FRONTEND_NO_NAT_PORT, COUNTER, FRONTEND, "nat_port_shortages"),
        Source.of(Metric.FRONTEND_RETRIES, COUNTER, FRONTEND, "retries"),
        Source.of(Metric.FRONTEND_DATAGRAMS_DROPPED, COUNTER, FRONTEND, "datagrams_dropped"),
        Source.of(Metric.FRONTEND_ENDS, COUNTER, FRONTEND, "connection_ends").by("reason"),
        time(Metric.ACCEPT_TIME, "accept_seconds"),
        time(Metric.CONNECT_TIME, "connect_seconds"),
        time(Metric.FIRST_BYTE_TIME, "first_byte_seconds"),
        time(Metric.TO_SERVER_TIME, "to_server_seconds"),
        time(Metric.TO_CLIENT_TIME, "to_client_seconds"),
        time(Metric.CONNECTION_TIME, "connection_seconds"));
  }

  private static Source time(Metric metric, String name) {
    return Source.of(metric, HISTOGRAM, FRONTEND, name).in(Unit.SECONDS);
  }

  private static List<Source> servers() {
    return List.of(
        Source.of(Metric.SERVER_NO_NAT_PORT, COUNTER, SERVER, "nat_port_shortages"),
        failure(Metric.SERVER_CONNECT_REFUSED, "refused"),
        failure(Metric.SERVER_CONNECT_TIMED_OUT, "timed_out"),
        failure(Metric.SERVER_CONNECT_FAILED, "failed"));
  }

  private static Source failure(Metric metric, String reason) {
    return Source.of(metric, COUNTER, SERVER, "connect_failures")
        .as("reason", reason, CONNECT_FAILURES);
  }
}
