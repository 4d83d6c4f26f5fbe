package io.headrace.doctor;

import io.headrace.config.Config;
import io.headrace.doctor.Finding.Level;
import io.headrace.link.LinkException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What the checks have found, the worst first; of what is equally bad, the cause before its
 * consequences.
 *
 * @param entries in this order
 */
public record Diagnosis(List<Entry> entries) {
  /** From the ground up: what fails here makes what comes after it fail, too. */
  private static final List<Check> CHECKS =
      List.of(
          new Platform(),
          new Privileges(),
          new Leftovers(),
          new Arms(),
          new Addresses(),
          new AddressConflicts(),
          new Ports(),
          new NatPortRange(),
          new FlowFilePlace(),
          new Firewall(),
          new Routes(),
          new Neighbours(),
          new Servers(),
          new PathMtu(),
          new ReversePath(),
          new Forwarding(),
          new Clock(),
          new Cores(),
          new Limits());

  /**
   * One finding.
   *
   * @param check the name of the check
   */
  public record Entry(String check, Finding finding) {
    public Level level() {
      return finding.level();
    }
  }

  /**
   * Examines the machine and the network namespace of the calling thread.
   *
   * @param file of the configuration
   * @throws LinkException when the kernel does not say what interfaces there are
   */
  public static Diagnosis make(Path file, Config config) {
    try (Site site = new Site(file, config)) {
      List<Entry> entries = new ArrayList<>();
      for (Check check : CHECKS) {
        look(check, site).forEach(each -> entries.add(new Entry(check.name(), each)));
      }
      entries.sort(Comparator.comparing(Entry::level));
      return new Diagnosis(List.copyOf(entries));
    }
  }

  private static List<Finding> look(Check check, Site site) {
    try {
      return check.look(site);
    } catch (LinkException | UncheckedIOException e) {
      return List.of(Finding.skipped(e.getMessage()));
    }
  }

  /** Whether no connection has to fail. */
  public boolean isHealthy() {
    return count(Level.PROBLEM) == 0;
  }

  /** How many findings there are of a level. */
  public long count(Level level) {
    return entries.stream().filter(each -> each.level() == level).count();
  }
}
