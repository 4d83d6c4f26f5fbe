package io.headrace.demo;

import java.util.Locale;

/** Figures as a person reads them. */
final class Text {
  private static final int BAR = 30;

  private Text() {}

  /** With three digits or so: {@code 870 ns}, {@code 112 us}, {@code 1.24 ms}, {@code 2.10 s}. */
  static String time(long ns) {
    if (ns < 1_000) {
      return ns + " ns";
    } else if (ns < 1_000_000) {
      return scaled(ns / 1e3, "us");
    } else if (ns < 1_000_000_000) {
      return scaled(ns / 1e6, "ms");
    }
    return scaled(ns / 1e9, "s");
  }

  private static String scaled(double value, String unit) {
    String format = value < 9.995 ? "%.2f %s" : value < 99.95 ? "%.1f %s" : "%.0f %s";
    return String.format(Locale.ROOT, format, value, unit);
  }

  /** Millions of them: {@code 0.4 MB}. */
  static String bytes(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
  }

  /** A part of a whole as a line of some length. */
  static String bar(double part) {
    return "#".repeat((int) Math.round(BAR * Math.clamp(part, 0, 1)));
  }
}
