package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.counters.CountersView;
import io.headrace.counters.Counts;
import io.headrace.counters.Metric;
import io.headrace.monitor.Balancers;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No frame is without a counter: under load, with losses, and with a server that fails. The
 * interface and tcpdump say the same.
 */
@RequiresTestbed
class CountersAddUpTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int DOWNLOADS = 3;
  private static final int UDP_PORT = 5300;
  private static final Pattern RECEIVED =
      Pattern.compile("\"rx\":\\{\"bytes\":\\d+,\"packets\":(\\d+)");

  /** Those that tcpdump was too slow for among them (pcap_stats(3PCAP)). */
  private static final Pattern SEEN = Pattern.compile("(\\d+) packets received by filter");

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void everyFrameOfTheInterfaceIsCountedOnce(String io) {
    try (Testbed bed = Testbed.oneArm(2)) {
      bed.servers().forEach(NginxServer::start);
      Tcpdump tcpdump = Tcpdump.start(bed.balancer());
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup(bed, io));
      CountersView view = Balancers.find(Optional.of(Long.toString(balancer.pid())));
      // A frame that comes between two readings, or is not captured yet, makes it too large.
      long unseen =
          LongStream.generate(() -> unseen(bed.balancer(), view.counts()))
              .limit(20)
              .min()
              .orElseThrow();
      long before = view.counts().sum(Metric.FRAMES_RECEIVED);

      assertEquals(0, Requests.make(bed.client(), bed.balancer().address(), 50).exit());
      assertTrue(
          JavaProgram.run(
                  bed.client(),
                  LIMIT,
                  Transfers.class,
                  "download",
                  bed.balancer().address(),
                  DOWNLOADS)
              .ok());
      flood(bed, 100_000);
      bed.servers().getFirst().run("ip", "link", "set", "eth0", "down");
      Requests.make(bed.client(), bed.balancer().address(), 20);
      flood(bed, 20_000);
      bed.servers().getFirst().run("ip", "link", "set", "eth0", "up");
      // So that nothing more comes.
      bed.servers().forEach(server -> server.run("ip", "link", "set", "eth0", "down"));
      bed.client().run("ip", "link", "set", "eth0", "down");

      Eventually.isTrue(
          "frames in are those that were forwarded, answered, dropped and passed, and with those"
              + " that were missed and those that the kernel forwarded they are the interface's",
          () -> addsUp(view.counts()) && unseen(bed.balancer(), view.counts()) == unseen,
          () ->
              "%s, unseen %d and then %d"
                  .formatted(view.counts(), unseen, unseen(bed.balancer(), view.counts())));
      assertEquals(received(bed.balancer()) - tcpdump.before(), tcpdump.stop(), "as tcpdump says");
      Counts counts = view.counts();
      assertTrue(counts.sum(Metric.FRAMES_RECEIVED) > before + 1000, counts::toString);
      assertEquals(
          io.equals(Setup.OFFLOAD), counts.sum(Metric.FRAMES_OFFLOADED) > 0, counts::toString);
      assertTrue(counts.sum(Metric.FRAMES_DROPPED) > 0, counts::toString);
      assertTrue(view.times(Metric.STAGE_TIME).get("kernel").count() > 0);
      balancer.stop();
    }
  }

  private static boolean addsUp(Counts counts) {
    return counts.sum(Metric.FRAMES_RECEIVED)
        == counts.sum(Metric.FRAMES_FORWARDED)
            + counts.sum(Metric.FRAMES_ANSWERED)
            + counts.sum(Metric.FRAMES_DROPPED)
            + counts.sum(Metric.FRAMES_PASSED);
  }

  /**
   * Frames of the interface that came before the balancer was there, and those that came after the
   * counts were read: never too few, as the interface is asked last.
   */
  private static long unseen(Host host, Counts counts) {
    return received(host)
        - counts.sum(Metric.FRAMES_RECEIVED)
        - counts.sum(Metric.FRAMES_MISSED)
        - counts.sum(Metric.FRAMES_OFFLOADED);
  }

  private static long received(Host host) {
    return number(RECEIVED, host.run("ip", "-s", "-j", "link", "show", "eth0").out());
  }

  private static long number(Pattern pattern, String text) {
    Matcher found = pattern.matcher(text);
    assertTrue(found.find(), text);
    return Long.parseLong(found.group(1));
  }

  /**
   * Counts what comes in.
   *
   * @param before what the interface had counted when it began
   */
  private record Tcpdump(HostProcess process, long before) {
    static Tcpdump start(Host host) {
      String own = host.run("cat", "/sys/class/net/eth0/address").out().strip();
      while (true) {
        long before = received(host);
        HostProcess process =
            host.start(
                "tcpdump", "-p", "-n", "-i", "eth0", "-w", "/dev/null", "not ether src " + own);
        process.awaitOutput("listening on", LIMIT);
        if (received(host) == before) {
          return new Tcpdump(process, before);
        }
        // A frame came just then, and whether it was seen is not known.
        process.stop();
      }
    }

    long stop() {
      process.terminate();
      process.await(LIMIT);
      return number(SEEN, process.output());
    }
  }

  /** To a backend whose server is not there: what comes through is dropped. */
  private static void flood(Testbed bed, int datagrams) {
    assertTrue(
        JavaProgram.run(
                bed.client(), LIMIT, UdpFlood.class, bed.balancer().address(), UDP_PORT, datagrams)
            .ok());
  }

  private static Setup setup(Testbed bed, String io) {
    return Setup.http(bed, io)
        .set("ring_size", "256")
        .also(
            """
            [frontends.udp]
            listen_addr = "%s:%d"
            protocol = "udp"
            backend = "ghost"
            [backends.ghost]
            health_check = { interval = "0s" }
            [backends.ghost.servers]
            s1 = { addr = "192.0.2.99:80" }
            """
                .formatted(bed.balancer().address(), UDP_PORT));
  }
}
