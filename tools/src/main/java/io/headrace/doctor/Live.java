package io.headrace.doctor;

import io.headrace.config.Config;
import io.headrace.counters.CountersView;
import io.headrace.doctor.Diagnosis.Entry;
import io.headrace.io.FrameIoException;
import io.headrace.registry.Service;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** One connection through the running balancer, hop by hop. */
public final class Live {
  private Live() {}

  /**
   * What is to be followed.
   *
   * @param frontend whose connection; empty for the first of the configuration
   * @param client of passthrough or dsr; empty for any
   * @param patience how long a client of these may take to come
   */
  public record Wish(Optional<String> frontend, Optional<InetAddress> client, Duration patience) {}

  /**
   * Follows it, from the network namespace of the calling thread.
   *
   * @param tell the person what is to be done, when everything is ready for it
   * @return hop after hop; the last one is the problem, if there is one
   */
  public static Diagnosis follow(Path file, Config config, Wish wish, Consumer<String> tell) {
    try (Site site = new Site(file, config)) {
      List<Entry> entries = new ArrayList<>();
      for (Finding hop : hops(site, wish, tell)) {
        entries.add(new Entry("hop " + (entries.size() + 1), hop));
      }
      return new Diagnosis(entries);
    }
  }

  private static List<Finding> hops(Site site, Wish wish, Consumer<String> tell) {
    Optional<Service> wanted =
        site.services()
            .filter(each -> wish.frontend().isEmpty() || each.name().equals(wish.frontend().get()))
            .findFirst();
    if (wanted.isEmpty()) {
      return List.of(
          Finding.problem(
              "there is no frontend " + wish.frontend().orElse(""),
              "name one of the configuration"));
    }
    Optional<CountersView> balancer = site.balancer();
    if (balancer.isEmpty()) {
      return List.of(
          Finding.problem(
              "no balancer runs with this file: nobody answers clients", "headrace run FILE"));
    }
    Service service = wanted.get();
    if (!service.mode().isOfFrames()) {
      return LiveProxy.follow(balancer.get(), service);
    }
    try {
      return LiveFrames.follow(site, balancer.get(), service, wish, tell);
    } catch (FrameIoException e) {
      return List.of(Finding.skipped("nothing is followed: " + e.getMessage()));
    }
  }
}
