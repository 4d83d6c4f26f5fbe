package io.headrace.profile;

import java.util.Locale;

/** Puts a picture together. */
final class Svg {
  private final StringBuilder body = new StringBuilder();

  Svg(int width, int height, String label) {
    add(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\" xmlns=\"http://www.w3.org/2000/svg\">%n",
        width, height, label);
  }

  private void add(String format, Object... values) {
    body.append(String.format(Locale.ROOT, format, values));
  }

  void line(double x1, double y1, double x2, double y2) {
    add("<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n", x1, y1, x2, y2);
  }

  /**
   * @param anchor start, middle or end
   */
  void text(double x, double y, String anchor, String text) {
    add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
        x, y, anchor, HtmlReport.escape(text));
  }

  void faintText(double x, double y, String anchor, String text) {
    add(
        "<text class=\"faint\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
        x, y, anchor, HtmlReport.escape(text));
  }

  /**
   * @param colour of CSS
   * @param title shown when it is pointed at
   */
  void box(
      double x,
      double y,
      double width,
      double height,
      String colour,
      double opacity,
      String title) {
    add(
        "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" style=\"fill:%s\""
            + " fill-opacity=\"%.2f\"><title>%s</title></rect>%n",
        x, y, width, height, colour, opacity, HtmlReport.escape(title));
  }

  /**
   * @param points as the attribute of polyline has them
   */
  void curve(String points, String colour, String title) {
    add(
        "<polyline class=\"curve\" style=\"stroke:%s\" points=\"%s\"><title>%s</title></polyline>%n",
        colour, points, HtmlReport.escape(title));
  }

  String end() {
    return body.append("</svg>\n").toString();
  }
}
