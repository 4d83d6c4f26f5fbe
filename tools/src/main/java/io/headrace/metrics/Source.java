package io.headrace.metrics;

import io.headrace.counters.Metric;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.Locale;
import java.util.Optional;

/**
 * Which of Prometheus' metrics a metric of the counters file is told under.
 *
 * @param metric of the counters file
 * @param type of Prometheus' metric
 * @param owner whose it is
 * @param name of Prometheus' metric, but for what its owner and its type add
 * @param unit of Prometheus' metric; times are in nanoseconds in the counters file
 * @param help what it is
 * @param kind the label that has the kind of the counter; empty for none
 * @param labels that it always has
 */
record Source(
    Metric metric,
    Type type,
    Owner owner,
    String name,
    Optional<Unit> unit,
    String help,
    String kind,
    Labels labels) {

  /** What its values do. */
  enum Type {
    /** Grow. */
    COUNTER,
    /** Go up and down. */
    GAUGE,
    /** Are times, of which there are many. */
    HISTOGRAM
  }

  /** Whose labels it has. */
  enum Owner {
    /** None. */
    PROCESS(""),
    /** Its frontend's, while that is configured. */
    FRONTEND("frontend_"),
    /** Those of its server's backend, while that is configured. */
    BACKEND("backend_"),
    /** Its server's, while that is configured or has connections. */
    SERVER("server_");

    private final String prefix;

    Owner(String prefix) {
      this.prefix = prefix;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Source of(Metric metric, Type type, Owner owner, String name) {
    return new Source(
        metric, type, owner, name, Optional.empty(), metric.meaning(), "", Labels.EMPTY);
  }

  /** The whole name, but for what the type adds. */
  String family() {
    return "headrace_" + owner.prefix + name;
  }

  /** For what the counters file has in another unit. */
  Source meaning(String other) {
    return new Source(metric, type, owner, name, unit, other, kind, labels);
  }

  Source in(Unit other) {
    return new Source(metric, type, owner, name, Optional.of(other), help, kind, labels);
  }

  /** The kind of a counter is the value of this label. */
  Source by(String label) {
    return new Source(metric, type, owner, name, unit, help, label, labels);
  }

  /**
   * One of several that are told under the same name.
   *
   * @param common what all of them are
   */
  Source as(String label, String value, String common) {
    return new Source(metric, type, owner, name, unit, common, kind, labels.add(label, value));
  }

  /** The labels of a counter but for those of its owner. */
  Labels labels(String counterKind) {
    return kind.isEmpty() ? labels : labels.add(kind, counterKind);
  }
}
