package io.headrace.monitor;

import io.headrace.counters.CountersFileException;
import io.headrace.counters.CountersFiles;
import io.headrace.counters.CountersView;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the counters of the balancer that a person means. */
public final class Balancers {
  private Balancers() {}

  /**
   * The counters of a balancer.
   *
   * @param named a process id or a file; empty for the only one that runs, but for those that it
   *     has followed; or when none does, the one that was started last
   * @throws CountersFileException when there is none, or more than one
   */
  public static CountersView find(Optional<String> named) {
    if (named.isEmpty()) {
      return only();
    }
    String name = named.get();
    if (!name.matches("[0-9]{1,10}")) {
      return CountersView.open(Path.of(name));
    }
    return CountersFiles.of(Long.parseLong(name))
        .map(CountersView::open)
        .orElseThrow(
            () -> new CountersFileException("process " + name + " is no balancer; " + there()));
  }

  private static CountersView only() {
    List<CountersView> all = CountersFiles.all().stream().map(CountersFiles.Found::view).toList();
    List<CountersView> alive = all.stream().filter(CountersView::isAlive).toList();
    List<CountersView> open = alive.stream().filter(each -> each.draining().isEmpty()).toList();
    List<CountersView> running = open.isEmpty() ? alive : open;
    if (running.size() > 1) {
      throw new CountersFileException("which balancer? Name its process id: " + list(running));
    }
    if (running.size() == 1) {
      return running.getFirst();
    }
    for (String refusal : CountersFiles.refusals()) {
      // It runs: the counts of one that does not would be taken for its own.
      throw new CountersFileException(refusal);
    }
    if (all.isEmpty()) {
      throw new CountersFileException("no balancer runs on this machine");
    }
    return all.getLast();
  }

  private static String there() {
    List<CountersView> running =
        CountersFiles.all().stream()
            .map(CountersFiles.Found::view)
            .filter(CountersView::isAlive)
            .toList();
    return running.isEmpty() ? "none runs on this machine" : "there is " + list(running);
  }

  private static String list(List<CountersView> views) {
    return views.stream()
        .map(view -> view.pid() + " (" + view.config() + ")")
        .collect(Collectors.joining(", "));
  }
}
