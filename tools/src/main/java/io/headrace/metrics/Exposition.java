package io.headrace.metrics;

import io.headrace.cli.Version;
import io.headrace.counters.CountersView;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * All that Prometheus is told, in each of its formats. Any thread; one scrape is made at a time, so
 * that many who ask take no more than one core.
 */
final class Exposition {
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final PrometheusRegistry registry = new PrometheusRegistry();

  Exposition(CountersView view) {
    registry.register(new CountersCollector(view));
    registry.register(Exposition::build);
    ProcessMetrics.builder().register(registry);
    JvmMemoryMetrics.builder().register(registry);
  }

  private static InfoSnapshot build() {
    try {
      Labels labels = Labels.of("version", Version.release(), "java", Runtime.version().toString());
      return InfoSnapshot.builder()
          .name("headrace_build")
          .help("the version that runs")
          .dataPoint(InfoDataPointSnapshot.builder().labels(labels).build())
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The format for who accepts these types. */
  ExpositionFormatWriter format(String types) {
    return formats.findWriter(types);
  }

  synchronized byte[] scrape(ExpositionFormatWriter format) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    format.write(text, registry.scrape());
    return text.toByteArray();
  }
}
