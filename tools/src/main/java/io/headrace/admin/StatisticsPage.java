package io.headrace.admin;

import io.headrace.counters.CountersView;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/**
 * The page of a running balancer's {@link Statistics}.
 *
 * @param view of its counters
 * @param refresh counts what is only counted now and then
 */
public record StatisticsPage(CountersView view, Runnable refresh) implements Site.Page {
  public static final String PATH = "/stats";

  @Override
  public Media media() {
    return Media.JSON;
  }

  @Override
  public void write(Map<String, String> query, OutputStream out) throws IOException {
    refresh.run();
    Statistics.write(view, out);
  }
}
