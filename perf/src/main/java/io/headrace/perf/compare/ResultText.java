package io.headrace.perf.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The results of one scenario as tables for a person, at most 100 columns wide. */
final class ResultText {
  private static final int COLUMNS = 3;
  private static final String GAP = "  ";

  private final Results results;
  private final Timing timing;

  private ResultText(Results results, Timing timing) {
    this.results = results;
    this.timing = timing;
  }

  static String of(Results results, Timing timing) {
    ResultText text = new ResultText(results, timing);
    return Stream.of(text.heading(), text.figures(), text.ratios(), text.notes())
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("\n\n", "", "\n"));
  }

  private String heading() {
    return "%s: %s%nrounds: %d, measured in each: %d s; median, min, max"
        .formatted(
            results.scenario().name(),
            results.scenario().description(),
            timing.rounds(),
            timing.seconds());
  }

  private String figures() {
    List<Block> blocks =
        results.scenario().figures().stream()
            .map(
                figure ->
                    new Block(
                        List.of(figure.label(), figure.unit()),
                        results.contestants().stream()
                            .map(
                                contestant ->
                                    results.hasFailed(contestant)
                                        ? List.of("failed")
                                        : cells(results.spread(contestant, figure), figure))
                            .toList()))
            .toList();
    return table(List.of("", ""), results.contestants(), blocks);
  }

  private static List<String> cells(Optional<Spread> spread, Figure figure) {
    return spread
        .map(
            each ->
                List.of(
                    figure.format(each.median()),
                    figure.format(each.min()),
                    figure.format(each.max())))
        .orElse(List.of("-"));
  }

  private String ratios() {
    List<String> peers =
        results.contestants().stream().filter(results.scenario().peers()::contains).toList();
    List<String> others =
        results.contestants().stream().filter(each -> !peers.contains(each)).toList();
    if (peers.isEmpty() || others.isEmpty()) {
      return "";
    }
    Figure figure = results.scenario().figures().getFirst();
    List<Block> blocks =
        peers.stream()
            .map(
                peer ->
                    new Block(
                        List.of("/ " + peer),
                        others.stream()
                            .map(other -> ratioCells(results.ratio(other, peer)))
                            .toList()))
            .toList();
    String meaning =
        "%s, ratio within a round; %s is better%n"
            .formatted(figure.label(), figure.higherIsBetter() ? "more" : "less");
    return meaning + table(List.of(""), others, blocks);
  }

  private static List<String> ratioCells(Optional<Spread> ratio) {
    return ratio
        .map(each -> List.of(brief(each.median()), brief(each.min()), brief(each.max())))
        .orElse(List.of("-"));
  }

  /** Four characters, whatever it is. */
  private static String brief(double ratio) {
    int decimals = ratio < 10 ? 2 : ratio < 100 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f", ratio);
  }

  private String notes() {
    List<String> lines = new ArrayList<>();
    if (!results.disturbed().isEmpty()) {
      lines.add(
          "Disturbed, as the host took more than %.0f %% of the time (steal):"
              .formatted(100 * Sample.MOST_STEAL));
      for (String contestant : results.contestants()) {
        disturbance(contestant).ifPresent(lines::add);
      }
    }
    results
        .failures()
        .forEach((contestant, reason) -> lines.add("failed: %s: %s".formatted(contestant, reason)));
    return String.join("\n", lines);
  }

  private Optional<String> disturbance(String contestant) {
    String rounds =
        results.disturbed().stream()
            .filter(each -> each.contestant().equals(contestant))
            .map(
                each ->
                    String.format(
                        Locale.ROOT, "%d (%.1f %%)", each.round(), 100 * each.sample().steal()))
            .collect(Collectors.joining(", "));
    if (rounds.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "  %s: round %s; %s"
            .formatted(
                contestant,
                rounds,
                results.leavesOutDisturbed(contestant)
                    ? "left out"
                    : "counted, as fewer than " + Results.ENOUGH + " others are there"));
  }

  /**
   * Three columns of a table under one heading.
   *
   * @param rows three cells each, or a single one that stands for them
   */
  private record Block(List<String> heading, List<List<String>> rows) {
    int cell() {
      int widest = rows.stream().flatMap(List::stream).mapToInt(String::length).max().orElse(0);
      int heading = heading().stream().mapToInt(String::length).max().orElse(0);
      return Math.max(widest + 1, Math.ceilDiv(heading, COLUMNS));
    }

    String head(int line) {
      return right(heading.get(line), COLUMNS * cell());
    }

    String row(int index) {
      List<String> cells = rows.get(index);
      return cells.size() == COLUMNS
          ? cells.stream().map(each -> right(each, cell())).collect(Collectors.joining())
          : right(cells.getFirst(), COLUMNS * cell());
    }

    private static String right(String text, int width) {
      return " ".repeat(Math.max(0, width - text.length())) + text;
    }
  }

  private static String table(List<String> heads, List<String> names, List<Block> blocks) {
    int width = names.stream().mapToInt(String::length).max().orElse(0);
    List<String> lines = new ArrayList<>();
    for (int line = 0; line < heads.size(); line++) {
      int number = line;
      lines.add(
          line(width, heads.get(line), blocks.stream().map(block -> block.head(number)).toList()));
    }
    for (int row = 0; row < names.size(); row++) {
      int number = row;
      lines.add(
          line(width, names.get(row), blocks.stream().map(block -> block.row(number)).toList()));
    }
    return String.join("\n", lines);
  }

  private static String line(int width, String name, List<String> blocks) {
    return name + " ".repeat(width - name.length()) + GAP + String.join(GAP, blocks);
  }
}
