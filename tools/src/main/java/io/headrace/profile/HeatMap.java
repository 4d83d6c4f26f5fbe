package io.headrace.profile;

import io.headrace.counters.Event;
import io.headrace.monitor.Quantity;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** How long one stage took over time, and what kept threads waiting, on one axis. */
final class HeatMap {
  private static final int WIDTH = 960;
  private static final int LEFT = 130;
  private static final int RIGHT = 20;
  private static final int TOP = 15;
  private static final int MAP = 280;
  private static final int LANE = 20;
  private static final int BANDS_A_DECADE = 12;
  private static final int MARKS = 10;
  private static final double FAINTEST = 0.12;

  private final Profile profile;
  private final String stage;
  private final TimeScale scale;
  private final int bands;
  private final List<String> lanes;

  HeatMap(Profile profile, String stage) {
    this.profile = profile;
    this.stage = stage;
    this.scale =
        new TimeScale(
            profile.stages().get(stage).percentileNs(0), profile.stages().get(stage).maxNs());
    this.bands = scale.decades() * BANDS_A_DECADE;
    this.lanes = profile.events().stream().map(HeatMap::lane).distinct().sorted().toList();
  }

  private static String lane(Event event) {
    return event.kind() == Event.Kind.PAUSE ? "JVM pauses" : event.where();
  }

  private double x(long ns) {
    double part = (double) (ns - profile.startNs()) / (profile.endNs() - profile.startNs());
    return LEFT + Math.clamp(part, 0.0, 1.0) * (WIDTH - LEFT - RIGHT);
  }

  String svg() {
    int height = TOP + MAP + LANE * (lanes.size() + 1) + 23;
    Svg svg = new Svg(WIDTH, height, "times over time");
    for (int i = 0; i <= scale.decades(); i++) {
      double at = TOP + MAP - (double) i / scale.decades() * MAP;
      svg.line(LEFT, at, WIDTH - RIGHT, at);
      svg.faintText(LEFT - 8, at + 4, "end", Quantity.time(scale.decade(i)));
    }
    cells(svg);
    for (int i = 0; i < lanes.size(); i++) {
      svg.text(LEFT - 8, TOP + MAP + LANE * (i + 1) + 4, "end", lanes.get(i));
    }
    for (Event event : profile.events()) {
      double from = x(event.startNs());
      double to = x(event.startNs() + event.durationNs());
      svg.box(
          from,
          TOP + MAP + LANE * lanes.indexOf(lane(event)) + 12,
          Math.max(2, to - from),
          LANE - 6,
          "var(--bad)",
          1,
          "%s of %s, %s"
              .formatted(event.kind().label(), Quantity.time(event.durationNs()), event.where()));
    }
    for (int i = 0; i <= MARKS; i++) {
      long at = profile.startNs() + (profile.endNs() - profile.startNs()) / MARKS * i;
      svg.faintText(
          x(at), height - 8, "middle", "%.1f s".formatted((at - profile.startNs()) / 1e9));
    }
    return svg.end();
  }

  private void cells(Svg svg) {
    long[][] counts = new long[profile.intervals().size()][bands];
    long most = 1;
    for (int i = 0; i < counts.length; i++) {
      Histogram times = profile.intervals().get(i).byStage().get(stage);
      if (times != null) {
        for (HistogramIterationValue value : times.recordedValues()) {
          int band = Math.min(bands - 1, (int) (scale.at(value.getValueIteratedTo()) * bands));
          counts[i][band] += value.getCountAddedInThisIterationStep();
          most = Math.max(most, counts[i][band]);
        }
      }
    }
    double high = (double) MAP / bands;
    for (int i = 0; i < counts.length; i++) {
      Interval interval = profile.intervals().get(i);
      double from = x(interval.startNs());
      double width = Math.max(1, x(interval.endNs()) - from);
      for (int band = 0; band < bands; band++) {
        if (counts[i][band] > 0) {
          double strength = Math.log1p(counts[i][band]) / Math.log1p(most);
          svg.box(
              from,
              TOP + MAP - (band + 1) * high,
              width,
              high,
              "var(--heat)",
              FAINTEST + (1 - FAINTEST) * strength,
              counts[i][band] + " of about " + Quantity.time(time(band)));
        }
      }
    }
  }

  private double time(int band) {
    return scale.decade(0) * Math.pow(10, (band + 0.5) / BANDS_A_DECADE);
  }
}
