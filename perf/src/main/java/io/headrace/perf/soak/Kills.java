package io.headrace.perf.soak;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.Testbed;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Downloads go on across kill -9, at whatever moment it comes. */
@Command(
    name = "kills",
    description = {
      "Kill -9 of the balancer at a random moment under many downloads: every byte has to arrive.",
      "It is started again at once, without flow offload and with it in turn, and killed again under other downloads. Short connections come and go all the time, so that kills hit writes of the flow file; none may fail."
    },
    sortOptions = false)
final class Kills extends LongRun {
  private static final int SERVERS = 3;
  private static final int GUESTS = 6;
  private static final int CAPACITY = 65536;
  private static final Guests.Manner MANNER = new Guests.Manner(1, 4, PATIENCE);

  /** While all downloads last: their servers take longer. */
  private static final int LATEST_KILL_MS = (NginxServer.SLOW_SECONDS - 2) * 1000;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "20",
      description = "How often it is killed. Default: ${DEFAULT-VALUE}")
  private int rounds = 20;

  @Option(
      names = "--downloads",
      paramLabel = "N",
      defaultValue = "200",
      description = "How many at once. Default: ${DEFAULT-VALUE}")
  private int downloads = 200;

  Kills() {}

  Kills(int rounds, int downloads) {
    this.rounds = rounds;
    this.downloads = downloads;
  }

  @Override
  String name() {
    return "kills";
  }

  @Override
  double least() {
    return Math.min(rounds, downloads);
  }

  @Override
  List<String> run(SplittableRandom random) {
    List<String> problems = new ArrayList<>();
    try (Testbed bed = Testbed.twoArm(SERVERS)) {
      bed.servers().forEach(NginxServer::start);
      Configuration configuration = Configuration.of(CAPACITY, bed.servers());
      Box box = Box.start(bed.balancer(), configuration);
      InetSocketAddress frontend =
          new InetSocketAddress(bed.balancer().address(), NginxServer.PORT);
      Guests guests = new Guests(bed.client(), frontend, GUESTS, MANNER, random.split());
      double longest = 0;
      try (guests) {
        for (int round = 1; round <= rounds; round++) {
          Configuration next = configuration.offload(round % 2 == 0);
          longest =
              Math.max(longest, round(round, box, next, bed.client(), frontend, random, problems));
        }
      }
      problems.addAll(guests.failures());
      say(
          "%d kills: longest silence of a download after a start %.1f s; short connections: %d answered, %d failed, longest %.1f s",
          rounds, longest, guests.connections(), guests.failures().size(), guests.longestSeconds());
    }
    return problems;
  }

  /** Returns the longest silence. */
  private double round(
      int round,
      Box box,
      Configuration next,
      Host client,
      InetSocketAddress frontend,
      SplittableRandom random,
      List<String> problems) {
    Downloads transfers = new Downloads(client, frontend, downloads);
    transfers.awaitBegin();
    int wait = random.nextInt(LATEST_KILL_MS);
    Moment.pause(wait);
    box.kill();
    int inFlight = transfers.inFlight();
    transfers.mark();
    box.write(next);
    long start = System.nanoTime();
    box.start();
    double ready = Moment.secondsSince(start);
    transfers.await();
    double[] silences = transfers.silences();
    double first = silences.length == 0 ? Double.NaN : silences[0];
    double last = silences.length == 0 ? Double.NaN : silences[silences.length - 1];
    say(
        "%d/%d: killed %.2f s after the last began, %d in flight; started in %.1f s, %d connections restored%s; "
            + "downloads silent for %.1f to %.1f s from the start; %d of %d exact",
        round,
        rounds,
        wait / 1e3,
        inFlight,
        ready,
        box.restored(),
        box.foundHalfAWrite() ? " from a half-written file" : "",
        first,
        last,
        transfers.exact(),
        downloads);
    say("%d/%d: since the start: %s", round, rounds, box.hardships());
    transfers.failures().forEach(each -> problems.add("round " + round + ": " + each));
    box.complaints().forEach(each -> problems.add("round " + round + ": " + each));
    return last;
  }
}
