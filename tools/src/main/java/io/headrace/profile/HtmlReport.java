package io.headrace.profile;

import io.headrace.bpf.ProgramRuns;
import io.headrace.counters.Event;
import io.headrace.counters.TimesView;
import io.headrace.monitor.Quantity;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A profile as one page of HTML that needs nothing else: no script, no other file. */
final class HtmlReport {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1d2430; --faint: #667085; --line: #d5dae2; --page: #fff; --card: #f6f8fa;
        --heat: #1f6feb; --bad: #c2410c;
        --c0: #7a5195; --c1: #2f7d4f; --c2: #b7791f; --c3: #c2410c; --c4: #0e7490; --c5: #be185d; --c6: #1f6feb; --c7: #667085;
        --c8: #4d7c0f; --c9: #9333ea; --c10: #8d6e63; --c11: #0f766e; --c12: #b91c1c; }
      @media (prefers-color-scheme: dark) {
        :root { --ink: #e6e9ef; --faint: #9aa4b2; --line: #39424e; --page: #12161c; --card: #1a2028;
          --heat: #58a6ff; --bad: #fb923c;
          --c0: #c4a1e0; --c1: #6fcf97; --c2: #f2c14e; --c3: #fb923c; --c4: #67d5e8; --c5: #f589bd; --c6: #58a6ff; --c7: #9aa4b2;
          --c8: #a3e635; --c9: #d8b4fe; --c10: #bcaaa4; --c11: #5eead4; --c12: #fca5a5; } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 980px; margin: 2em auto; padding: 0 1em; }
      h1 { font-size: 1.4em; margin-bottom: 0; } h2 { font-size: 1.1em; margin: 2em 0 .4em; } p { margin: .3em 0; color: var(--faint); }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th, td { text-align: right; padding: .25em .6em; border-bottom: 1px solid var(--line); } th { color: var(--faint); font-weight: 600; }
      th:first-child, td:first-child { text-align: left; }
      svg { width: 100%; height: auto; background: var(--card); border-radius: 6px; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
      svg .faint { fill: var(--faint); } svg .grid { stroke: var(--line); stroke-width: 1; } svg .curve { fill: none; stroke-width: 2; }
      .key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; }
      """;

  /** In the order of their colours. */
  private static final List<String> NAMES =
      List.of(
          "kernel",
          "capture",
          "ring_wait",
          "worker",
          "transmit_wait",
          "transmit",
          "whole",
          "accept",
          "connect",
          "first byte",
          "connection",
          "to server",
          "to client");

  private final Profile profile;
  private final StringBuilder html = new StringBuilder();

  private HtmlReport(Profile profile) {
    this.profile = profile;
  }

  static String of(Profile profile) {
    HtmlReport report = new HtmlReport(profile);
    report.page();
    return report.html.toString();
  }

  /** The colour of a stage in every picture. */
  static String colour(String stage) {
    return "var(--c" + Math.max(0, NAMES.indexOf(stage)) + ")";
  }

  static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private void page() {
    html.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width\">")
        .append("<title>headrace profile</title>\n<style>\n")
        .append(STYLE)
        .append("</style></head><body>\n");
    html.append("<h1>").append(escape(profile.subject())).append("</h1>\n");
    paragraph("%s, %.1f s%s".formatted(profile.started(), profile.seconds(), frames()));
    if (profile.offloaded() > 0) {
      paragraph(
          "%s more were forwarded by the kernel: %.0f %% of all"
              .formatted(Quantity.of(profile.offloaded()), profile.offloadedPercent()));
    }
    programs();
    if (profile.stages().isEmpty() && profile.offloaded() > 0) {
      paragraph("None came to the pipeline.");
    } else if (profile.stages().isEmpty()) {
      paragraph("Nothing came in this time: there is nothing to show.");
    } else {
      times(
          "Where the time of frames goes",
          "Stages follow each other: from capture on they add up to the whole way of a frame.",
          profile.framesStages());
      times(
          "Where the time of connections goes",
          "Of mode proxy. Accept, connect and first byte follow each other; to server and to client are of each read in that direction.",
          profile.connectionsStages());
      profile.mainStage().ifPresent(this::overTime);
      if (profile.received() > 0) {
        waterfalls();
      }
    }
    events();
    html.append("</body></html>\n");
  }

  /** Mode proxy has none. */
  private String frames() {
    return profile.received() + profile.offloaded() == 0
        ? ""
        : "; %s frames received, %s forwarded"
            .formatted(Quantity.of(profile.received()), Quantity.of(profile.forwarded()));
  }

  private void paragraph(String text) {
    html.append("<p>").append(escape(text)).append("</p>\n");
  }

  private void heading(String text, String explanation) {
    html.append("<h2>").append(escape(text)).append("</h2>\n");
    paragraph(explanation);
  }

  /** Those of frames and of connections are on scales, and in pictures, of their own. */
  private void times(String title, String explanation, Map<String, TimesView> stages) {
    if (stages.isEmpty()) {
      return;
    }
    heading(title, explanation);
    table(stages);
    paragraph("The part of all that took no longer; both scales are logarithmic:");
    html.append(new PercentileChart(stages).svg());
  }

  private void table(Map<String, TimesView> stages) {
    html.append("<table><tr><th>stage</th><th>count</th><th>mean</th><th>50 %</th><th>99 %</th>")
        .append("<th>99.9 %</th><th>longest</th></tr>\n");
    for (Map.Entry<String, TimesView> stage : stages.entrySet()) {
      TimesView times = stage.getValue();
      html.append("<tr><td><span class=\"key\" style=\"background:")
          .append(colour(stage.getKey()))
          .append("\"></span>")
          .append(escape(stage.getKey().replace('_', ' ')))
          .append("</td>");
      cell(String.format(Locale.ROOT, "%,d", times.count()));
      cell(Quantity.time(times.meanNs()));
      cell(Quantity.time(times.percentileNs(50)));
      cell(Quantity.time(times.percentileNs(99)));
      cell(Quantity.time(times.percentileNs(99.9)));
      cell(Quantity.time(times.maxNs()));
      html.append("</tr>\n");
    }
    html.append("</table>\n");
  }

  /** Where they were timed. */
  private void programs() {
    if (profile.programs().isEmpty()) {
      return;
    }
    heading(
        "In the kernel",
        "The programs of flow offload: filter looks at each frame that comes in, and nat forwards"
            + " those that it keeps from the pipeline.");
    html.append("<table><tr><th>program</th><th>runs</th><th>mean</th>")
        .append("<th>of one processor</th></tr>\n");
    for (Map.Entry<String, ProgramRuns> program : profile.programs().entrySet()) {
      ProgramRuns runs = program.getValue();
      html.append("<tr><td>").append(escape(program.getKey())).append("</td>");
      cell(String.format(Locale.ROOT, "%,d", runs.count()));
      cell(Quantity.time(runs.meanNs()));
      cell("%.1f %%".formatted(runs.ns() / profile.seconds() / 1e7));
      html.append("</tr>\n");
    }
    html.append("</table>\n");
  }

  private void cell(String text) {
    html.append("<td>").append(escape(text)).append("</td>");
  }

  private void overTime(String stage) {
    heading(
        "Over time: " + stage,
        "The stronger the colour, the more. Below, on the same axis, what kept a thread waiting: duty cycles of a"
            + " millisecond and more, and pauses of the JVM, which stop all threads.");
    html.append(new HeatMap(profile, stage).svg());
  }

  private void waterfalls() {
    heading(
        "Two frames",
        "One that half of all were faster than, and one that 99.9 % were faster than, each on its own"
            + " scale.");
    if (profile.traces().isEmpty()) {
      paragraph("No frame was seen.");
      return;
    }
    html.append(new Waterfall(profile).svg());
    if (profile.tracesLost() > 0) {
      paragraph(
          "Of groups of frames, %s were read and %s were not: newer ones had taken their place."
              .formatted(Quantity.of(profile.traces().size()), Quantity.of(profile.tracesLost())));
    }
  }

  private void events() {
    heading(
        "Stalls and pauses", profile.events().isEmpty() ? "There were none." : "Longest first.");
    if (profile.events().isEmpty()) {
      return;
    }
    html.append("<table><tr><th>what</th><th>at</th><th>for</th><th>held up by</th></tr>\n");
    int most = 200;
    List<Event> longest =
        profile.events().stream()
            .sorted(Comparator.comparingLong(Event::durationNs).reversed())
            .limit(most)
            .toList();
    for (Event event : longest) {
      html.append("<tr>");
      cell(event.kind().label() + ", " + event.where());
      cell("%.3f s".formatted((event.startNs() - profile.startNs()) / 1e9));
      cell(Quantity.time(event.durationNs()));
      cell(
          profile.pausesIn(event).stream()
              .map(pause -> "%s, %s".formatted(pause.where(), Quantity.time(pause.durationNs())))
              .collect(Collectors.joining("; ")));
      html.append("</tr>\n");
    }
    html.append("</table>\n");
    if (profile.events().size() > most) {
      paragraph("And " + (profile.events().size() - most) + " more: they are in the JSON.");
    }
  }
}
