package io.headrace.perf.compare;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The results as an SVG picture that needs nothing else: a panel for each scenario, a bar for each
 * contestant, as long as the median of the main figure, with whiskers from min to max. Readable on
 * light and on dark ground.
 */
final class Picture {
  private static final int COLUMNS = 2;
  private static final int PANEL_WIDTH = 460;
  private static final int MARGIN = 20;
  private static final int HEADING = 46;
  private static final int ROW = 22;
  private static final int BAR = 14;
  private static final int NAME_WIDTH = 176;
  private static final int VALUE_WIDTH = 66;
  private static final int BAR_WIDTH = PANEL_WIDTH - NAME_WIDTH - VALUE_WIDTH - MARGIN;
  private static final int FOOTER = 26;
  private static final int WHISKER = 3;
  private static final String STYLE =
      """
      <style>
        text { font: 12px system-ui, sans-serif; fill: #1f2328; }
        .title { font-weight: 600; font-size: 14px; }
        .note { fill: #656d76; font-size: 11px; }
        .name, .value { font-variant-numeric: tabular-nums; }
        .peer { fill: #afb8c1; }
        .own { fill: #218bff; }
        .whisker { stroke: #1f2328; stroke-width: 1.2; fill: none; }
        .axis { stroke: #8c959f; }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3; }
          .note { fill: #8d96a0; }
          .peer { fill: #57606a; }
          .own { fill: #388bfd; }
          .whisker { stroke: #e6edf3; }
          .axis { stroke: #6e7681; }
        }
      </style>
      """;

  private final StringBuilder svg = new StringBuilder();

  private Picture() {}

  static String of(Machine machine, Timing timing, List<Results> all) {
    Picture picture = new Picture();
    picture.draw(machine, timing, all);
    return picture.svg.toString();
  }

  private void draw(Machine machine, Timing timing, List<Results> all) {
    int columns = Math.min(COLUMNS, all.size());
    int width = MARGIN + columns * (PANEL_WIDTH + MARGIN);
    int height = MARGIN;
    StringBuilder panels = new StringBuilder();
    for (int first = 0; first < all.size(); first += columns) {
      List<Results> row = all.subList(first, Math.min(first + columns, all.size()));
      for (int column = 0; column < row.size(); column++) {
        int x = MARGIN + column * (PANEL_WIDTH + MARGIN);
        panels.append("<g transform=\"translate(%d %d)\">\n".formatted(x, height));
        panels.append(panel(row.get(column))).append("</g>\n");
      }
      height += row.stream().mapToInt(Picture::height).max().orElseThrow() + MARGIN;
    }
    height += FOOTER;
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%1$d\" height=\"%2$d\" role=\"img\">\n"
            .formatted(width, height));
    svg.append("<title>Headrace and its peers, measured side by side</title>\n");
    svg.append(STYLE).append(panels);
    svg.append(
        text(
            MARGIN,
            height - MARGIN,
            "note",
            "%s. Bars: medians; whiskers: from min to max; rounds: %d."
                .formatted(machine.text(), timing.rounds())));
    svg.append("</svg>\n");
  }

  private static int height(Results results) {
    return HEADING + results.contestants().size() * ROW;
  }

  private static String panel(Results results) {
    Figure figure = results.scenario().figures().getFirst();
    StringBuilder panel = new StringBuilder();
    panel.append(
        text(
            0,
            14,
            "title",
            "%s: %s, %s (%s is better)"
                .formatted(
                    results.scenario().name(),
                    figure.label(),
                    figure.unit(),
                    figure.higherIsBetter() ? "more" : "less")));
    panel.append(text(0, 32, "note", results.scenario().description()));
    double most =
        results.contestants().stream()
            .flatMap(each -> results.spread(each, figure).stream())
            .mapToDouble(Spread::max)
            .max()
            .orElse(1);
    for (int i = 0; i < results.contestants().size(); i++) {
      String contestant = results.contestants().get(i);
      int y = HEADING + i * ROW;
      panel.append(text(0, y + BAR - 2, "name", contestant));
      panel.append(
          bar(
              y,
              results.scenario().peers().contains(contestant) ? "peer" : "own",
              results.spread(contestant, figure),
              figure,
              BAR_WIDTH / most));
    }
    panel.append(
        "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%1$d\" y2=\"%d\"/>\n"
            .formatted(NAME_WIDTH, HEADING - 4, height(results) - 4));
    return panel.toString();
  }

  private static String bar(
      int y, String kind, Optional<Spread> spread, Figure figure, double scale) {
    if (spread.isEmpty()) {
      return text(NAME_WIDTH + WHISKER * 2, y + BAR - 2, "note", "failed");
    }
    double median = NAME_WIDTH + spread.get().median() * scale;
    double min = NAME_WIDTH + spread.get().min() * scale;
    double max = NAME_WIDTH + spread.get().max() * scale;
    double middle = y + BAR / 2.0;
    String rectangle =
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n",
            kind,
            NAME_WIDTH,
            y,
            median - NAME_WIDTH,
            BAR);
    String whisker =
        String.format(
            Locale.ROOT,
            "<path class=\"whisker\" d=\"M%1$.1f %3$.1fH%2$.1fM%1$.1f %4$.1fV%5$.1fM%2$.1f %4$.1fV%5$.1f\"/>\n",
            min,
            max,
            middle,
            middle - WHISKER,
            middle + WHISKER);
    String value =
        text(
            (int) Math.ceil(max) + WHISKER * 2,
            y + BAR - 2,
            "value",
            figure.format(spread.get().median()));
    return rectangle + whisker + value;
  }

  private static String text(int x, int y, String kind, String content) {
    return "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n"
        .formatted(kind, x, y, escape(content));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
