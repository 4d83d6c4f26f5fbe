package io.headrace.metrics;

import io.headrace.admin.Media;
import io.headrace.admin.Site.Page;
import io.headrace.admin.Site.Resource;
import io.headrace.counters.CountersView;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;

/** What Prometheus scrapes, in its own text or as OpenMetrics. */
public final class Metrics implements Resource {
  public static final String PATH = "/metrics";

  private final CountersView view;
  private final Runnable refresh;
  private Optional<Exposition> exposition = Optional.empty();

  /**
   * @param view of a balancer's counters
   * @param refresh counts what is only counted now and then
   */
  public Metrics(CountersView view, Runnable refresh) {
    this.view = view;
    this.refresh = refresh;
  }

  /** Not made before anybody asks: a start need not wait for its classes. */
  private synchronized Exposition exposition() {
    if (exposition.isEmpty()) {
      exposition = Optional.of(new Exposition(view));
    }
    return exposition.get();
  }

  @Override
  public Page accepting(String types) {
    Exposition all = exposition();
    ExpositionFormatWriter format = all.format(types);
    return new Page() {
      @Override
      public Media media() {
        return new Media(format.getContentType());
      }

      @Override
      public void write(Map<String, String> query, OutputStream out) throws IOException {
        refresh.run();
        out.write(all.scrape(format));
      }
    };
  }
}
