package io.headrace.metrics;

import io.headrace.counters.CountersFiles;
import io.headrace.counters.CountersView;
import io.headrace.counters.Counts;
import io.headrace.counters.Directory;
import io.headrace.counters.DistinctError;
import io.headrace.counters.Draining;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.metrics.Source.Owner;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * Reads the counters file when Prometheus asks, so that nothing is counted twice and the data path
 * learns of nobody.
 */
final class CountersCollector implements MultiCollector {
  private static final Map<Metric, List<Source>> SOURCES =
      Sources.ALL.stream().collect(Collectors.groupingBy(Source::metric));

  private final CountersView view;

  CountersCollector(CountersView view) {
    this.view = view;
  }

  @Override
  public MetricSnapshots collect() {
    Counts counts = view.counts();
    Directory directory = view.directory();
    Owners owners = new Owners(directory, counts);
    Map<String, Family> families = new LinkedHashMap<>();
    Sources.ALL.forEach(each -> families.computeIfAbsent(each.family(), _ -> new Family(each)));
    counts
        .values()
        .forEach(
            (name, value) ->
                owners.each(
                    name, (source, labels) -> families.get(source.family()).add(labels, value)));
    view.readTimes(
        (name, times) ->
            owners.each(
                name, (source, labels) -> families.get(source.family()).add(labels, times)));
    List<MetricSnapshot> all = new ArrayList<>();
    families.values().stream()
        .filter(each -> !each.isEmpty())
        .map(Family::snapshot)
        .forEach(all::add);
    all.addAll(new ServerMetrics(directory, counts).snapshots());
    all.addAll(draining());
    all.add(errors());
    return new MetricSnapshots(all);
  }

  private List<GaugeSnapshot> draining() {
    List<Draining> processes = CountersFiles.drainingBeside(view);
    return List.of(
        gauge(
            "headrace_draining_processes",
            "processes that this one has followed, and that still have connections",
            processes.size()),
        gauge(
            "headrace_draining_open_connections",
            "connections that these have now",
            processes.stream().mapToLong(Draining::connections).sum()));
  }

  private static GaugeSnapshot gauge(String name, String help, long value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
        .build();
  }

  private CounterSnapshot errors() {
    long errors = view.errors().stream().mapToLong(DistinctError::count).sum();
    return CounterSnapshot.builder()
        .name("headrace_errors")
        .help("defects that the balancer has met; /stats has each kind of them")
        .dataPoint(CounterDataPointSnapshot.builder().value(errors).build())
        .build();
  }

  /** The labels of those whose counters there are. */
  private static final class Owners {
    private final Map<Integer, Labels> frontends = new HashMap<>();
    private final Map<Integer, Labels> backends = new HashMap<>();
    private final Map<Integer, Labels> servers = new HashMap<>();

    Owners(Directory directory, Counts counts) {
      for (Directory.Frontend each : directory.frontends()) {
        frontends.put(each.id(), Labels.of(Owner.FRONTEND.label(), each.name()));
      }
      for (Directory.Server each : directory.servers()) {
        if (directory.backends().contains(each.backend())) {
          backends.put(each.id(), Labels.of(Owner.BACKEND.label(), each.backend()));
        }
        if (each.isConfigured() || counts.sum(Metric.SERVER_OPEN, each.id()) > 0) {
          servers.put(each.id(), ServerMetrics.labels(each));
        }
      }
    }

    /** With each source of a counter, and its labels, if its owner is still there. */
    void each(Name name, BiConsumer<Source, Labels> action) {
      for (Source source : SOURCES.getOrDefault(name.metric(), List.of())) {
        owner(source.owner(), name.id())
            .ifPresent(owner -> action.accept(source, owner.merge(source.labels(name.kind()))));
      }
    }

    private Optional<Labels> owner(Owner owner, int id) {
      return Optional.ofNullable(
          switch (owner) {
            case PROCESS -> Labels.EMPTY;
            case FRONTEND -> frontends.get(id);
            case BACKEND -> backends.get(id);
            case SERVER -> servers.get(id);
          });
    }
  }
}
