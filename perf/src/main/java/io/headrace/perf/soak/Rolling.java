package io.headrace.perf.soak;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.Testbed;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Configuration changes and restarts in turn, under connections that come and go. */
@Command(
    name = "rolling",
    description = {
      "Changed configurations and restarts, while connections come and go: no request may fail.",
      "Servers are added, removed and get other weights, and frontends are added. Restarts are in turn an orderly stop"
          + " and kill -9; the file changes under the running balancer, or between its end and its start.",
      "Connections to a server that is removed may end. It has weight 0 a step before, so that of each that ends it is"
          + " known which server it had."
    },
    sortOptions = false)
final class Rolling extends LongRun {
  private static final int SERVERS = 5;
  private static final int FIRST_SERVERS = 3;
  private static final int FEWEST_SERVERS = 2;
  private static final int MOST_FRONTENDS = 6;
  private static final int FIRST_PORT_ADDED = 8001;
  private static final int CAPACITY = 65536;
  private static final int LARGEST_WEIGHT = 5;
  private static final int SHORT_GUESTS = 4;
  private static final int LONG_GUESTS = 40;
  private static final int LONGEST_STEP_PAUSE_MS = 3000;
  private static final Guests.Manner SHORT = new Guests.Manner(1, 20, PATIENCE);
  private static final Guests.Manner LONG = new Guests.Manner(500, 150, PATIENCE);

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long it takes. Default: ${DEFAULT-VALUE}")
  private double minutes = 10;

  private enum Change {
    WEIGHTS,
    ADD_SERVER,
    DRAIN_SERVER,
    REMOVE_SERVER,
    ADD_FRONTEND
  }

  @Override
  String name() {
    return "rolling";
  }

  @Override
  double least() {
    return minutes;
  }

  @Override
  List<String> run(SplittableRandom random) {
    try (Testbed bed = Testbed.twoArm(SERVERS)) {
      bed.servers().forEach(NginxServer::start);
      return new Course(bed, random).run();
    }
  }

  /** One run. */
  private final class Course {
    private final Testbed bed;
    private final SplittableRandom random;
    private final Deque<Host> spare = new ArrayDeque<>();
    private final Map<Change, Integer> made = new TreeMap<>();
    private final List<Guests> guests;
    private final List<String> problems = new ArrayList<>();
    private final Box box;
    private Configuration configuration;
    private int stops;
    private int kills;
    private long restored;
    private long dropped;

    /** So long TCP may wait with what it sends again. */
    private long lastOutageMs;

    Course(Testbed bed, SplittableRandom random) {
      this.bed = bed;
      this.random = random;
      spare.addAll(bed.servers().subList(FIRST_SERVERS, SERVERS));
      configuration = Configuration.of(CAPACITY, bed.servers().subList(0, FIRST_SERVERS));
      box = Box.start(bed.balancer(), configuration);
      guests =
          List.of(
              new Guests(bed.client(), at(NginxServer.PORT), SHORT_GUESTS, SHORT, random.split()),
              new Guests(bed.client(), at(NginxServer.PORT), LONG_GUESTS, LONG, random.split()));
    }

    private InetSocketAddress at(int port) {
      return new InetSocketAddress(bed.balancer().address(), port);
    }

    List<String> run() {
      long start = System.nanoTime();
      try {
        while (Moment.secondsSince(start) < minutes * 60) {
          Moment.pause(lastOutageMs + random.nextInt(LONGEST_STEP_PAUSE_MS));
          step(start);
        }
      } finally {
        guests.forEach(Guests::close);
      }
      guests.forEach(each -> problems.addAll(each.failures()));
      say(
          "%d restarts (%d stops, %d kills), changes %s; %d connections restored, %d dropped with their servers",
          stops + kills, stops, kills, made, restored, dropped);
      say("short connections: %s", figures(guests.getFirst()));
      say("connections of many requests: %s", figures(guests.getLast()));
      return problems;
    }

    private String figures(Guests some) {
      return "%d, with %d answers; %d ended with a removed server, %d failed; longest wait %.1f s"
          .formatted(
              some.connections(),
              some.answers(),
              some.lost(),
              some.failures().size(),
              some.longestSeconds());
    }

    private void step(long start) {
      List<Change> possible = possible();
      Change change = possible.get(random.nextInt(possible.size()));
      made.merge(change, 1, Integer::sum);
      List<Integer> portsBefore = configuration.ports();
      configuration = changed(change);
      String hardships = box.hardships();
      boolean reload = random.nextBoolean();
      if (reload) {
        box.reload(configuration);
      }
      boolean kill = kills < stops;
      long down = System.nanoTime();
      if (kill) {
        box.kill();
        kills++;
      } else {
        box.stop();
        stops++;
      }
      if (!reload) {
        box.write(configuration);
      }
      box.start();
      lastOutageMs = (long) (1000 * Moment.secondsSince(down));
      restored += box.restored();
      dropped += box.dropped();
      configuration.ports().stream()
          .filter(port -> !portsBefore.contains(port))
          .forEach(port -> guests.forEach(each -> each.add(at(port))));
      box.complaints().forEach(each -> problems.add("after %s: %s".formatted(change, each)));
      say(
          "%3.0f s: %-13s %s, %s; down for %.1f s, %d restored, %d dropped; %d answers so far, %d failed (before: %s)",
          Moment.secondsSince(start),
          change,
          reload ? "at run time" : "at the start",
          kill ? "kill -9" : "stop",
          lastOutageMs / 1e3,
          box.restored(),
          box.dropped(),
          guests.stream().mapToLong(Guests::answers).sum(),
          guests.stream().mapToInt(each -> each.failures().size()).sum(),
          hardships);
    }

    private List<Change> possible() {
      List<Change> possible = new ArrayList<>(List.of(Change.WEIGHTS));
      boolean draining = configuration.weights().containsValue(0);
      if (!spare.isEmpty()) {
        possible.add(Change.ADD_SERVER);
      }
      if (draining) {
        possible.add(Change.REMOVE_SERVER);
      } else if (configuration.weights().size() > FEWEST_SERVERS) {
        possible.add(Change.DRAIN_SERVER);
      }
      if (configuration.ports().size() < MOST_FRONTENDS) {
        possible.add(Change.ADD_FRONTEND);
      }
      return possible;
    }

    private Configuration changed(Change change) {
      Map<Host, Integer> weights = new LinkedHashMap<>(configuration.weights());
      switch (change) {
        case WEIGHTS ->
            weights.replaceAll((_, weight) -> weight == 0 ? 0 : 1 + random.nextInt(LARGEST_WEIGHT));
        case ADD_SERVER -> {
          Host server = spare.remove();
          guests.forEach(each -> each.back(server));
          weights.put(server, 1 + random.nextInt(LARGEST_WEIGHT));
        }
        case DRAIN_SERVER -> {
          List<Host> servers = List.copyOf(weights.keySet());
          weights.put(servers.get(random.nextInt(servers.size())), 0);
        }
        case REMOVE_SERVER -> {
          Host server =
              weights.keySet().stream()
                  .filter(each -> weights.get(each) == 0)
                  .findFirst()
                  .orElseThrow();
          guests.forEach(each -> each.gone(server));
          weights.remove(server);
          spare.add(server);
        }
        case ADD_FRONTEND -> {
          List<Integer> ports = new ArrayList<>(configuration.ports());
          ports.add(FIRST_PORT_ADDED + ports.size() - 1);
          return configuration.withPorts(ports);
        }
      }
      return configuration.with(weights);
    }
  }
}
