package io.headrace.metrics;

import io.headrace.admin.ServerState;
import io.headrace.counters.Counts;
import io.headrace.counters.Directory;
import io.headrace.metrics.Source.Owner;
import io.headrace.registry.AdminState;
import io.headrace.registry.State;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What the directory of the counters file says of the frontends and servers that are configured.
 */
final class ServerMetrics {
  private final Directory directory;
  private final Counts counts;
  private final List<Directory.Server> servers;

  ServerMetrics(Directory directory, Counts counts) {
    this.directory = directory;
    this.counts = counts;
    this.servers = directory.servers().stream().filter(Directory.Server::isConfigured).toList();
  }

  static Labels labels(Directory.Server server) {
    return Labels.of(Owner.BACKEND.label(), server.backend(), Owner.SERVER.label(), server.name());
  }

  List<MetricSnapshot> snapshots() {
    List<MetricSnapshot> all = new ArrayList<>();
    all.add(
        info(
            "headrace_frontend",
            "what a frontend is",
            directory.frontends().stream().map(ServerMetrics::info).toList()));
    all.add(
        info(
            "headrace_server",
            "where a server is",
            servers.stream().map(each -> labels(each).add("address", each.address())).toList()));
    all.add(
        gauge(
            "server_up",
            "whether new connections go to a server",
            each -> ServerState.isUp(each, directory, counts) ? 1 : 0));
    all.add(gauge("server_weight", "share of new connections", Directory.Server::weight));
    all.add(
        states(
            "server_state",
            "1 for the state that a server is in",
            Stream.of(State.values()).map(State::label).toList(),
            Directory.State::label));
    all.add(
        states(
            "server_admin_state",
            "1 for what the operator wants of a server",
            Stream.of(AdminState.values()).map(AdminState::label).toList(),
            Directory.State::admin));
    all.add(changed());
    return all;
  }

  private static Labels info(Directory.Frontend frontend) {
    return Labels.of(
        Owner.FRONTEND.label(),
        frontend.name(),
        "listen",
        frontend.listen(),
        "protocol",
        frontend.protocol(),
        "mode",
        frontend.mode(),
        Owner.BACKEND.label(),
        frontend.backend());
  }

  private static InfoSnapshot info(String name, String help, List<Labels> each) {
    InfoSnapshot.Builder info = InfoSnapshot.builder().name(name).help(help);
    each.forEach(labels -> info.dataPoint(InfoDataPointSnapshot.builder().labels(labels).build()));
    return info.build();
  }

  private GaugeSnapshot gauge(String name, String help, ToDoubleFunction<Directory.Server> value) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name("headrace_" + name).help(help);
    servers.forEach(each -> gauge.dataPoint(point(labels(each), value.applyAsDouble(each))));
    return gauge.build();
  }

  private interface Label {
    String of(Directory.State state);
  }

  private GaugeSnapshot states(String name, String help, List<String> states, Label label) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name("headrace_" + name).help(help);
    for (Directory.Server server : servers) {
      for (String state : states) {
        boolean isIn = label.of(server.state()).equals(state);
        gauge.dataPoint(point(labels(server).add("state", state), isIn ? 1 : 0));
      }
    }
    return gauge.build();
  }

  private GaugeSnapshot changed() {
    GaugeSnapshot.Builder gauge =
        GaugeSnapshot.builder()
            .name("headrace_server_state_changed_timestamp_seconds")
            .help("when the state of a server changed last, since 1970")
            .unit(Unit.SECONDS);
    servers.forEach(each -> gauge.dataPoint(point(labels(each), seconds(each.state().since()))));
    return gauge.build();
  }

  private static double seconds(Instant instant) {
    return Unit.millisToSeconds(instant.toEpochMilli());
  }

  private static GaugeDataPointSnapshot point(Labels labels, double value) {
    return new GaugeDataPointSnapshot(value, labels, null);
  }
}
