package io.headrace.cli;

import io.headrace.counters.CountersView;
import io.headrace.monitor.Balancers;
import io.headrace.monitor.Line;
import io.headrace.monitor.Moment;
import io.headrace.monitor.Screen;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code headrace top}: what happens in a balancer now, on the whole terminal. */
@Command(
    name = "top",
    description = {
      "Watch a balancer: rates, times in each stage, drops by reason, stalls.",
      "Keys: q ends it; up and down, by line or by page, scroll where the terminal is too low."
    },
    mixinStandardHelpOptions = true)
final class TopCommand implements Callable<Integer> {
  private static final long EVERY_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long LOOK_MS = 100;
  private static final int ESCAPE = 27;

  @Parameters(
      paramLabel = "BALANCER",
      arity = "0..1",
      description = "Its process id, or a counters file. Default: the one that runs.")
  private Optional<String> balancer;

  private int scrolled;

  /** Lines that fit. */
  private int page = 1;

  @Override
  public Integer call() throws IOException {
    CountersView view = Balancers.find(balancer);
    try (Terminal terminal =
        TerminalBuilder.builder().system(true).dumb(true).provider("ffm").build()) {
      if (terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
        throw new CommandFailure("top needs a terminal; headrace stats --watch needs none");
      }
      Attributes before = terminal.enterRawMode();
      terminal.puts(Capability.enter_ca_mode);
      terminal.puts(Capability.cursor_invisible);
      try {
        show(view, terminal);
      } finally {
        terminal.puts(Capability.cursor_visible);
        terminal.puts(Capability.exit_ca_mode);
        terminal.setAttributes(before);
        terminal.flush();
      }
    }
    return 0;
  }

  private void show(CountersView view, Terminal terminal) throws IOException {
    AtomicBoolean isResized = new AtomicBoolean(true);
    terminal.handle(Signal.WINCH, _ -> isResized.set(true));
    Display display = new Display(terminal, true);
    Moment before = Moment.of(view);
    Moment now = before;
    while (true) {
      boolean isNew = System.nanoTime() - now.atNs() >= EVERY_NS;
      if (isNew) {
        before = now;
        now = Moment.of(view);
      }
      boolean resized = isResized.getAndSet(false);
      if (resized) {
        display.clear();
      }
      Optional<Boolean> key = key(terminal.reader());
      if (key.isPresent() && !key.get()) {
        return;
      }
      if (isNew || resized || key.isPresent()) {
        draw(view, before, now, terminal.getSize(), display);
      }
    }
  }

  private void draw(CountersView view, Moment before, Moment now, Size size, Display display) {
    int rows = Math.max(1, size.getRows());
    int columns = Math.max(1, size.getColumns());
    // Before the first second is over there are only totals.
    Optional<Moment> since = before == now ? Optional.empty() : Optional.of(before);
    List<Line> lines = Screen.lines(view, now, since, columns);
    boolean isTooLow = lines.size() > rows;
    page = isTooLow ? rows - 1 : rows;
    scrolled = Math.clamp(scrolled, 0, Math.max(0, lines.size() - page));
    int end = Math.min(lines.size(), scrolled + page);
    List<AttributedString> shown = new ArrayList<>();
    lines.subList(scrolled, end).forEach(line -> shown.add(fit(line, columns)));
    if (isTooLow) {
      String place = "lines %d to %d of %d: up and down scroll, q ends";
      shown.add(
          fit(
              new Line(Line.Style.HEADING, place.formatted(scrolled + 1, end, lines.size())),
              columns));
    }
    display.resize(rows, columns);
    display.update(shown, -1);
  }

  /** A heading is as wide as the terminal. */
  private static AttributedString fit(Line line, int columns) {
    String text = line.text();
    int length = Math.min(columns, text.length());
    return new AttributedString(
        line.style() == Line.Style.HEADING
            ? text.substring(0, length) + " ".repeat(columns - length)
            : text.substring(0, length),
        style(line.style()));
  }

  /** Those of the terminal's own colours that are seen on light and on dark. */
  private static AttributedStyle style(Line.Style style) {
    return switch (style) {
      case PLAIN -> AttributedStyle.DEFAULT;
      case HEADING -> AttributedStyle.DEFAULT.inverse();
      case WARNING -> AttributedStyle.DEFAULT.foreground(AttributedStyle.RED);
    };
  }

  /** Waits a little for a key: empty for none, false for the end. */
  private Optional<Boolean> key(NonBlockingReader keys) throws IOException {
    int key = keys.read(LOOK_MS);
    if (key == NonBlockingReader.READ_EXPIRED) {
      return Optional.empty();
    }
    if (key == 'q' || key == 'Q' || key == NonBlockingReader.EOF) {
      return Optional.of(false);
    }
    if (key == ESCAPE && keys.read(LOOK_MS) == '[') {
      scrolled +=
          switch (keys.read(LOOK_MS)) {
            case 'A' -> -1;
            case 'B' -> 1;
            case '5' -> -page;
            case '6' -> page;
            default -> 0;
          };
    }
    return Optional.of(true);
  }
}
