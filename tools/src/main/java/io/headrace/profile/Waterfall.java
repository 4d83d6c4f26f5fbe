package io.headrace.profile;

import io.headrace.counters.FrameTrace;
import io.headrace.monitor.Quantity;

/** Two frames on their way, stage after stage. */
final class Waterfall {
  private static final int WIDTH = 960;
  private static final int LEFT = 130;
  private static final int RIGHT = 90;
  private static final int ROW = 22;
  private static final int TITLE = 30;

  private final Profile profile;

  Waterfall(Profile profile) {
    this.profile = profile;
  }

  String svg() {
    int each = TITLE + ROW * ProfileJson.STAGES.size() + 10;
    Svg svg = new Svg(WIDTH, 2 * each, "two frames, stage after stage");
    profile.trace(50).ifPresent(trace -> frame(svg, 0, "median", trace));
    profile.trace(99.9).ifPresent(trace -> frame(svg, each, "99.9 %", trace));
    return svg.end();
  }

  private void frame(Svg svg, int top, String name, FrameTrace trace) {
    long kernelNs = trace.stagesNs()[0];
    long allNs = Math.max(1, kernelNs + trace.wholeNs());
    svg.text(
        10,
        top + 20,
        "start",
        "%s: %s from capture to transmit, after %s in the kernel; worker %d, %.3f s after the start"
            .formatted(
                name,
                Quantity.time(trace.wholeNs()),
                Quantity.time(kernelNs),
                trace.worker(),
                (trace.capturedNs() - profile.startNs()) / 1e9));
    double scale = (double) (WIDTH - LEFT - RIGHT) / allNs;
    long at = 0;
    for (int i = 0; i < trace.stagesNs().length; i++) {
      long ns = trace.stagesNs()[i];
      int y = top + TITLE + i * ROW;
      String stage = ProfileJson.STAGES.get(i).replace('_', ' ');
      svg.text(LEFT - 8, y + 14, "end", stage);
      svg.box(
          LEFT + at * scale,
          y + 2,
          Math.max(1, ns * scale),
          ROW - 5,
          HtmlReport.colour(ProfileJson.STAGES.get(i)),
          1,
          stage + " " + Quantity.time(ns));
      svg.faintText(LEFT + (at + ns) * scale + 6, y + 14, "start", Quantity.time(ns));
      at += ns;
    }
  }
}
