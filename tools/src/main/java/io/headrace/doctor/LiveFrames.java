package io.headrace.doctor;

import io.headrace.config.Address;
import io.headrace.config.Mode;
import io.headrace.config.Source;
import io.headrace.counters.CountersView;
import io.headrace.counters.Counts;
import io.headrace.counters.Metric;
import io.headrace.doctor.Journey.Hop;
import io.headrace.doctor.Journey.Seen;
import io.headrace.forward.Reason;
import io.headrace.registry.Service;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Follows one connection of passthrough or dsr through a running balancer: the frames on its
 * interfaces tell how far it gets, the balancer's counters why it gets no further.
 */
final class LiveFrames {
  /** After a hop until the next; a client repeats its SYN after a second. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final long IDLE_MS = 1;

  private final Site site;
  private final Service service;
  private final CountersView balancer;
  private final Counts before;
  private final Journey journey;

  private LiveFrames(Site site, CountersView balancer, Service service, Journey journey) {
    this.site = site;
    this.service = service;
    this.balancer = balancer;
    this.before = balancer.counts();
    this.journey = journey;
  }

  /**
   * Waits for a client's connection and follows it.
   *
   * @param tell that the interfaces are being watched
   * @return hop after hop; the last is the problem, if there is one
   * @throws io.headrace.io.FrameIoException when frames cannot be seen here
   */
  static List<Finding> follow(
      Site site, CountersView balancer, Service service, Live.Wish wish, Consumer<String> tell) {
    Journey journey =
        new Journey(
            service.listen()::equals,
            from -> wish.client().isEmpty() || wish.client().get().equals(from));
    LiveFrames live = new LiveFrames(site, balancer, service, journey);
    String client = wish.client().map(Address::format).orElse("a client");
    live.watch(
        wish.patience(),
        () ->
            tell.accept(
                "connect to %s from %s now; waiting %d s"
                    .formatted(
                        Address.format(service.listen()), client, wish.patience().toSeconds())));
    return live.findings();
  }

  private void watch(Duration wait, Runnable ready) {
    try (Tap tap = Tap.open(site.arms().keySet())) {
      ready.run();
      int hops = 0;
      long end = System.nanoTime() + wait.toNanos();
      while (System.nanoTime() < end && journey.seen(Hop.CLIENT_ACK).isEmpty()) {
        if (!tap.next(journey::see)) {
          pause();
        }
        if (journey.seen().size() > hops) {
          hops = journey.seen().size();
          end = System.nanoTime() + PATIENCE.toNanos();
        }
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(IDLE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Finding> findings() {
    List<Finding> hops = new ArrayList<>();
    if (journey.seen().isEmpty()) {
      return List.of(
          Finding.problem(
              "no client's SYN came in, and %s did: it ends before this machine"
                  .formatted(Texts.count(journey.before(), "other frame")),
              "look at the client's route and ARP entry, and at firewalls between:"
                  + " tcpdump -ni IFACE 'tcp[tcpflags] & tcp-syn != 0'"));
    }
    journey.seen().forEach(each -> hops.add(Finding.ok(text(each))));
    Seen last = journey.seen().getLast();
    if (last.hop() != Hop.CLIENT_ACK) {
      hops.add(end(last));
    }
    return hops;
  }

  private static String text(Seen seen) {
    String from = Address.format(seen.from());
    String to = Address.format(seen.to());
    return switch (seen.hop()) {
      case CLIENT_SYN ->
          "SYN from %s to %s came in on %s".formatted(from, to, seen.interfaceName());
      case SYN_TO_SERVER ->
          "sent on to %s, from %s, on %s".formatted(to, from, seen.interfaceName());
      case SERVER_ANSWER ->
          "%s of %s came in on %s".formatted(answer(seen), from, seen.interfaceName());
      case ANSWER_TO_CLIENT ->
          "%s sent on to %s on %s".formatted(answer(seen), to, seen.interfaceName());
      case CLIENT_ACK -> "the client has acknowledged it: the connection is open";
    };
  }

  private static String answer(Seen seen) {
    return seen.reset() ? "RST" : "SYN-ACK";
  }

  private Finding end(Seen last) {
    return switch (last.hop()) {
      case CLIENT_SYN -> notForwarded("the balancer has not sent it on");
      case SYN_TO_SERVER -> unanswered();
      case SERVER_ANSWER -> notForwarded("the balancer has not sent the answer on to the client");
      case ANSWER_TO_CLIENT ->
          last.reset()
              ? refused(last)
              : Finding.problem(
                  "the client has not acknowledged it: the answer is lost between here and there",
                  "look on the client: tcpdump -ni any host "
                      + Address.format(last.from().getAddress()));
      case CLIENT_ACK -> throw new IllegalStateException("that is no end");
    };
  }

  private Finding refused(Seen last) {
    return journey.seen(Hop.SERVER_ANSWER).isPresent()
        ? Finding.problem(
            "the server refused the connection", "start what listens there; on the server: ss -lnt")
        : Finding.problem(
            "the balancer refused it by itself: " + causes(),
            "headrace servers --config ...   (why servers are down)");
  }

  private Finding unanswered() {
    Seen syn = journey.seen().getFirst();
    String server = Address.format(journey.seen(Hop.SYN_TO_SERVER).orElseThrow().to());
    if (service.mode() == Mode.DSR) {
      return Finding.problem(
          "the client has acknowledged nothing: the server does not take it, or its own answer"
              + " does not get to the client",
          "headrace dsr-setup   (what each server needs)");
    }
    return Finding.problem(
        "%s has not answered, or not to this machine".formatted(server),
        service.source() == Source.CLIENT
            ? "give the server a route to clients through this machine: ip route add "
                + Address.format(syn.from().getAddress())
                + " via THIS_MACHINE"
            : "look at the server's own firewall: tcpdump -ni any port "
                + journey.seen(Hop.SYN_TO_SERVER).orElseThrow().to().getPort());
  }

  private Finding notForwarded(String what) {
    Map<String, Long> received = grown(Metric.FRAMES_RECEIVED);
    if (received.isEmpty()) {
      return Finding.problem(
          what + ": its capture has taken no frame at all",
          "headrace stats   (does its process answer?), then start it again");
    }
    return Finding.problem(what + ": " + causes(), "headrace top   (drops by reason, live)");
  }

  /** What the balancer has counted meanwhile that tells where frames went. */
  private String causes() {
    List<String> causes = new ArrayList<>();
    for (Metric metric :
        List.of(Metric.FRAMES_DROPPED, Metric.FRAMES_ANSWERED, Metric.FRAMES_PASSED)) {
      grown(metric)
          .forEach(
              (kind, count) -> {
                Reason reason = Reason.valueOf(kind.toUpperCase(Locale.ROOT));
                if (reason != Reason.ARP && reason != Reason.NO_SERVICE) {
                  causes.add("%s (%s)".formatted(reason.meaning(), kind));
                }
              });
    }
    for (Metric metric : List.of(Metric.FRAMES_MISSED, Metric.SEND_FAILED, Metric.STAGE_FAULTS)) {
      if (!grown(metric).isEmpty()) {
        causes.add(metric.meaning());
      }
    }
    return causes.isEmpty() ? "and it counts no reason" : String.join("; ", causes);
  }

  private Map<String, Long> grown(Metric metric) {
    Map<String, Long> now = new LinkedHashMap<>(balancer.counts().byKind(metric));
    before.byKind(metric).forEach((kind, count) -> now.merge(kind, -count, Long::sum));
    now.values().removeIf(count -> count <= 0);
    return now;
  }
}
