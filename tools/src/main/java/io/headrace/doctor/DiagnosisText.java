package io.headrace.doctor;

import io.headrace.doctor.Diagnosis.Entry;
import io.headrace.doctor.Finding.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A diagnosis for a person, in 80 columns: what is wrong with the command that mends it, then what
 * is as it should be. Commands are not broken, so that they can be copied.
 */
public final class DiagnosisText {
  private static final int WIDTH = 80;
  private static final int LABEL = 9;
  private static final int CHECK = 12;
  private static final String INDENT = " ".repeat(LABEL + CHECK);

  private DiagnosisText() {}

  public static String of(Diagnosis diagnosis) {
    List<String> lines = new ArrayList<>();
    for (Entry each : diagnosis.entries()) {
      add(each, lines);
    }
    lines.add("");
    lines.add(verdict(diagnosis));
    return String.join("\n", lines) + "\n";
  }

  private static void add(Entry entry, List<String> lines) {
    String head =
        "%-9s%-12s".formatted(entry.level().name().toLowerCase(Locale.ROOT), entry.check());
    for (String line : wrapped(entry.finding().text())) {
      lines.add(head + line);
      head = INDENT;
    }
    if (!entry.finding().mend().isEmpty()) {
      lines.add(INDENT + "> " + entry.finding().mend());
    }
  }

  private static List<String> wrapped(String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (!line.isEmpty() && INDENT.length() + line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  private static String verdict(Diagnosis diagnosis) {
    long problems = diagnosis.count(Level.PROBLEM);
    long warnings = diagnosis.count(Level.WARNING);
    String also = warnings == 0 ? "" : ", " + Texts.count(warnings, "warning");
    return problems == 0
        ? "healthy" + also
        : Texts.count(problems, "problem") + also + ": mend the first, and ask again";
  }
}
