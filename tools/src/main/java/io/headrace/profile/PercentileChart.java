package io.headrace.profile;

import io.headrace.counters.TimesView;
import io.headrace.monitor.Quantity;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A curve for each stage: the time that a part of all did not exceed. */
final class PercentileChart {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 360;
  private static final int LEFT = 70;
  private static final int RIGHT = 110;
  private static final int TOP = 20;
  private static final int BOTTOM = 40;

  /** Distance of names of curves, so that none covers another. */
  private static final double LEAST_DISTANCE = 14;

  private static final String[] MARKS = {"0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"};

  private final Map<String, TimesView> stages;
  private final TimeScale scale;
  private final int nines;

  PercentileChart(Map<String, TimesView> stages) {
    this.stages = stages;
    long most = stages.values().stream().mapToLong(TimesView::count).max().orElse(1);
    this.nines = Math.clamp((int) Math.ceil(Math.log10(Math.max(10, most))), 2, MARKS.length - 1);
    this.scale =
        new TimeScale(
            stages.values().stream().mapToLong(times -> times.percentileNs(0)).min().orElse(1),
            stages.values().stream().mapToLong(TimesView::maxNs).max().orElse(1));
  }

  private double x(double quantile) {
    double passed = Math.min(nines, -Math.log10(Math.max(1e-9, 1 - quantile)));
    return LEFT + passed / nines * (WIDTH - LEFT - RIGHT);
  }

  private double y(double ns) {
    return HEIGHT - BOTTOM - scale.at(ns) * (HEIGHT - TOP - BOTTOM);
  }

  String svg() {
    Svg svg = new Svg(WIDTH, HEIGHT, "percentiles of the time in each stage");
    for (int i = 0; i <= scale.decades(); i++) {
      double at = y(scale.decade(i));
      svg.line(LEFT, at, WIDTH - RIGHT, at);
      svg.faintText(LEFT - 8, at + 4, "end", Quantity.time(scale.decade(i)));
    }
    for (int i = 0; i <= nines; i++) {
      double at = x(1 - Math.pow(10, -i));
      svg.line(at, TOP, at, HEIGHT - BOTTOM);
      svg.faintText(at, HEIGHT - BOTTOM + 20, "middle", MARKS[i]);
    }
    TreeMap<Double, String[]> names = new TreeMap<>();
    for (Map.Entry<String, TimesView> stage : stages.entrySet()) {
      String colour = HtmlReport.colour(stage.getKey());
      svg.curve(points(stage.getValue()), colour, stage.getKey());
      double end = y(stage.getValue().maxNs());
      while (names.containsKey(end)) {
        end += 1e-3;
      }
      names.put(end, new String[] {stage.getKey().replace('_', ' '), colour});
    }
    double lowest = Double.NEGATIVE_INFINITY;
    for (Map.Entry<Double, String[]> name : names.entrySet()) {
      lowest = Math.max(name.getKey(), lowest + LEAST_DISTANCE);
      svg.box(WIDTH - RIGHT + 8, lowest - 5, 10, 10, name.getValue()[1], 1, name.getValue()[0]);
      svg.text(WIDTH - RIGHT + 24, lowest + 4, "start", name.getValue()[0]);
    }
    return svg.end();
  }

  private String points(TimesView times) {
    StringBuilder points = new StringBuilder();
    int steps = 40 * nines;
    for (int i = 0; i <= steps; i++) {
      double quantile = 1 - Math.pow(10, -(double) i * nines / steps);
      points.append(
          String.format(
              Locale.ROOT, "%.1f,%.1f ", x(quantile), y(times.percentileNs(quantile * 100))));
    }
    return points.toString();
  }
}
