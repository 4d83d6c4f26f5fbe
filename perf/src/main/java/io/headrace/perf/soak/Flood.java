package io.headrace.perf.soak;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import io.headrace.testbed.TestbedException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Established connections and bounded memory under a SYN flood. */
@Command(
    name = "flood",
    description = {
      "A SYN flood from forged addresses beside long downloads: every byte of these has to arrive.",
      "It comes at 0.8 of the rate that the balancer takes, which is measured first, and is ten times as many SYNs as the"
          + " table holds, or more. The balancer's memory has to stay bounded. New connections have to succeed still; the"
          + " share of those that do is told, and has to be a half at least."
    },
    sortOptions = false)
final class Flood extends LongRun {
  private static final int SERVERS = 3;
  private static final int CAPACITY = 20_000;
  private static final int TIMES_CAPACITY = 10;
  private static final double SHARE_OF_RATE = 0.8;
  private static final int WARM_UP_MS = 5000;
  private static final int MEASURED_MS = 5000;
  private static final int LOOK_MS = 500;
  private static final int GUESTS = 4;
  private static final Guests.Manner MANNER = new Guests.Manner(1, 50, Duration.ofSeconds(10));

  /** More than this is no fluctuation of a heap whose limit is 256 MB. */
  private static final int MOST_GROWTH_MB = 100;

  private static final double LEAST_SHARE = 0.5;

  @Option(
      names = "--downloads",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many at once. Default: ${DEFAULT-VALUE}")
  private int downloads = 100;

  @Override
  String name() {
    return "flood";
  }

  @Override
  double least() {
    return downloads;
  }

  @Override
  List<String> run(SplittableRandom random) {
    try (Testbed bed = Testbed.twoArm(SERVERS)) {
      bed.servers().forEach(NginxServer::start);
      dropAnswersToForged(bed.client());
      Box box = Box.start(bed.balancer(), Configuration.of(CAPACITY, bed.servers()));
      InetSocketAddress frontend =
          new InetSocketAddress(bed.balancer().address(), NginxServer.PORT);
      double rate = measure(bed, box, frontend, random);
      long residentBefore = box.residentMb();
      Downloads transfers = new Downloads(bed.client(), frontend, downloads);
      transfers.awaitBegin();
      return flood(bed, box, frontend, rate, residentBefore, transfers, random);
    }
  }

  /** The attacker's host would otherwise spend its time on them. */
  private static void dropAnswersToForged(Host attacker) {
    Result result =
        attacker.run(
            "nft",
            """
            table netdev sink {
              chain arriving {
                type filter hook ingress device %s priority 0;
                ip daddr 10.0.0.0/8 drop
              }
            }
            """
                .formatted(attacker.arms().getFirst().device()));
    if (!result.ok()) {
      throw new TestbedException("nft failed: " + result.err().strip());
    }
  }

  /** New connections a second when there are too many. */
  private double measure(
      Testbed bed, Box box, InetSocketAddress frontend, SplittableRandom random) {
    try (SynFlood flood =
        new SynFlood(bed.client(), bed.balancer(), frontend, SynFlood.FLAT_OUT, random.split())) {
      Moment.pause(WARM_UP_MS);
      long start = System.nanoTime();
      long sent = flood.sent();
      long before = box.number("total_connections");
      Moment.pause(MEASURED_MS);
      long after = box.number("total_connections");
      double seconds = Moment.secondsSince(start);
      double rate = (after - before) / seconds;
      say(
          "flat out: %.0f SYNs a second are sent, the balancer takes %.0f",
          (flood.sent() - sent) / seconds, rate);
      return rate;
    }
  }

  private List<String> flood(
      Testbed bed,
      Box box,
      InetSocketAddress frontend,
      double rate,
      long residentBefore,
      Downloads transfers,
      SplittableRandom random) {
    Guests guests = new Guests(bed.client(), frontend, GUESTS, MANNER, random.split());
    long most = residentBefore;
    long start = System.nanoTime();
    long sent;
    long taken = box.number("total_connections");
    try (guests;
        SynFlood flood =
            new SynFlood(
                bed.client(), bed.balancer(), frontend, SHARE_OF_RATE * rate, random.split())) {
      while (transfers.inFlight() > 0 || flood.sent() < TIMES_CAPACITY * CAPACITY) {
        Moment.pause(LOOK_MS);
        most = Math.max(most, box.residentMb());
      }
      sent = flood.sent();
      taken = box.number("total_connections") - taken;
    }
    double seconds = Moment.secondsSince(start);
    say(
        "%d SYNs in %.1f s (%.0f a second, %.1f times the capacity), of which the balancer took %d",
        sent, seconds, sent / seconds, (double) sent / CAPACITY, taken);
    say(
        "downloads: %d of %d exact; memory %d MB before, %d MB at most",
        transfers.exact(), downloads, residentBefore, most);
    say("since the start: %s", box.hardships());
    int failed = guests.failures().size();
    double share = (double) guests.connections() / Math.max(1, guests.connections() + failed);
    say(
        "new connections: %d answered within %d s each (longest %.1f s), %d not: %.1f %% succeed",
        guests.connections(),
        MANNER.patience().toSeconds(),
        guests.longestSeconds(),
        failed,
        100 * share);
    List<String> problems = new ArrayList<>(transfers.failures());
    if (most > residentBefore + MOST_GROWTH_MB) {
      problems.add("memory grew by %d MB".formatted(most - residentBefore));
    }
    if (share < LEAST_SHARE) {
      problems.add("of the new connections only %.1f %% succeed".formatted(100 * share));
    }
    if (!box.isAlive()) {
      problems.add("the balancer is gone: " + box.log());
    }
    return problems;
  }
}
