package io.headrace.testbed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresTestbed
class TestbedTest {
  /** Seconds that no other program sleeps. */
  private static final String SLEEP = "86421";

  @Test
  void everyServerAnswersTheClientWithItsName() {
    try (Testbed bed = Testbed.oneArm(3)) {
      bed.servers().forEach(NginxServer::start);
      for (Host server : bed.servers()) {
        Result answer = get(bed.client(), server.address());
        assertEquals(server.name() + "\n", answer.out(), answer.err());
      }
    }
  }

  @Test
  void bigBodiesTravelWhole(@TempDir Path temporary) throws IOException {
    try (Testbed bed = Testbed.oneArm(1)) {
      Host server = bed.servers().getFirst();
      NginxServer.start(server);
      Path down = temporary.resolve("down");
      Path echoed = temporary.resolve("echoed");
      String url = "http://%s".formatted(server.address());

      Result download = bed.client().run("curl", "-sSf", "-o", down.toString(), url + "/big");
      assertTrue(download.ok(), download.err());
      assertArrayEquals(NginxServer.bigBody(), Files.readAllBytes(down));

      for (String method : List.of("PUT", "POST")) {
        Result upload =
            bed.client()
                .run(
                    "curl",
                    "-sSf",
                    "-X",
                    method,
                    "--data-binary",
                    "@" + down,
                    "-o",
                    echoed.toString(),
                    url + "/echo");
        assertTrue(upload.ok(), upload.err());
        assertArrayEquals(NginxServer.bigBody(), Files.readAllBytes(echoed), method);
      }
    }
  }

  @Test
  void aServerThatIsStoppedRefusesAndAnswersAgainOnceStarted() {
    try (Testbed bed = Testbed.oneArm(1)) {
      Host host = bed.servers().getFirst();
      NginxServer server = NginxServer.start(host);
      server.stop();
      assertEquals(
          7, get(bed.client(), host.address()).exit(), "curl says 7 for a refused connection");
      server.start();
      assertEquals("server1\n", get(bed.client(), host.address()).out());
    }
  }

  @Test
  void closingLeavesNothingBehind() {
    Testbed bed = Testbed.oneArm(2);
    NginxServer.start(bed.servers().getFirst());
    HostProcess sleeper = bed.client().start("sleep", "1000");
    // Nobody knows the grandchild, and it ignores a polite request.
    Result orphan = bed.client().run("sh", "-c", "trap '' TERM; sleep 1001 >&- 2>&- & echo $!");
    long grandchild = Long.parseLong(orphan.out().strip());
    assertTrue(Files.exists(Path.of("/proc/%d/exe".formatted(grandchild))));
    assertEquals(5, Namespaces.named(bed.id() + "-").size());

    bed.close();

    assertEquals(List.of(), Namespaces.named(bed.id() + "-"));
    assertFalse(Files.exists(bed.directory()));
    assertFalse(sleeper.isAlive());
    // Its entry may wait for process 1 to collect it, but then nothing runs behind it any more.
    assertFalse(Files.exists(Path.of("/proc/%d/exe".formatted(grandchild))));
  }

  @Test
  void aProgramThatIsStartedWhileItIsClosedDoesNotOutliveIt() throws Exception {
    for (int round = 0; round < 5; round++) {
      Testbed bed = Testbed.oneArm(1);
      Thread starter = Thread.ofPlatform().start(() -> startUntilItIsClosed(bed.client()));
      Pause.millis(200);
      bed.close();
      starter.join();
    }
    assertEquals(
        List.of(),
        ProcessHandle.allProcesses()
            .filter(each -> each.info().commandLine().orElse("").endsWith(" " + SLEEP))
            .toList());
  }

  private static void startUntilItIsClosed(Host host) {
    try {
      while (true) {
        host.start("sleep", SLEEP);
      }
    } catch (TestbedException e) {
      return;
    }
  }

  @Test
  void twoAtOnceDoNotMeet() {
    try (Testbed one = Testbed.oneArm(1)) {
      Host server = one.servers().getFirst();
      NginxServer.start(server);
      try (Testbed two = Testbed.oneArm(1)) {
        assertNotEquals(one.id(), two.id());
        assertEquals("server1\n", get(one.client(), server.address()).out());
        assertEquals(7, get(two.client(), two.servers().getFirst().address()).exit());
      }
      assertEquals("server1\n", get(one.client(), server.address()).out());
    }
  }

  @Test
  void withTwoArmsOnlyTheBalancerIsOnBothNetworks() {
    try (Testbed bed = Testbed.twoArm(2)) {
      Host server = bed.servers().getFirst();
      NginxServer.start(server);
      NginxServer.start(bed.balancer());
      String clientSide = bed.balancer().arms().get(0).address();
      String serverSide = bed.balancer().arms().get(1).address();
      assertEquals("balancer\n", get(bed.client(), clientSide).out());
      assertEquals("balancer\n", get(server, serverSide).out());
      assertEquals("server1\n", get(bed.balancer(), server.address()).out());

      Result route = bed.client().run("ip", "route", "get", server.address());
      assertTrue(route.err().contains("Network is unreachable"), route.toString());
      assertUnreachable(bed.client(), server.address());
      // Even a client that sends its packets to the balancer gets no further: its kernel does not
      // forward.
      assertTrue(bed.client().run("ip", "route", "add", "default", "via", clientSide).ok());
      assertTrue(server.run("ip", "route", "add", "default", "via", serverSide).ok());
      assertUnreachable(bed.client(), server.address());
    }
  }

  @Test
  void theTwoNetworksShareNoSegment() {
    try (Testbed bed = Testbed.twoArm(1)) {
      Host server = bed.servers().getFirst();
      NginxServer.start(server);
      // Both now ask for the other on the wire itself.
      assertTrue(bed.client().run("ip", "route", "add", "default", "dev", "eth0").ok());
      assertTrue(server.run("ip", "route", "add", "default", "dev", "eth0").ok());
      assertUnreachable(bed.client(), server.address());
    }
  }

  @Test
  void aCaptureHoldsWhatCrossedTheWire(@TempDir Path temporary) {
    try (Testbed bed = Testbed.oneArm(1)) {
      Path file = temporary.resolve("wire.pcap");
      HostProcess capture = bed.client().capture(bed.client().arms().getFirst(), file);
      NginxServer.start(bed.servers().getFirst());
      assertTrue(get(bed.client(), bed.servers().getFirst().address()).ok());
      String read = "";
      for (int look = 0; look < 100 && !read.contains("HTTP/1.1 200 OK"); look++) {
        Pause.millis(20);
        read = bed.client().run("tcpdump", "-n", "-r", file.toString()).out();
      }
      capture.stop();
      assertTrue(read.contains("HTTP: GET / HTTP/1.1"), read);
      assertTrue(read.contains("HTTP: HTTP/1.1 200 OK"), read);
    }
  }

  @Test
  void aCommandThatHangsIsKilledAndNamed() {
    try (Testbed bed = Testbed.oneArm(1)) {
      TestbedException failure =
          assertThrows(
              TestbedException.class,
              () -> bed.client().run(Duration.ofMillis(200), "sleep", "1000"));
      assertTrue(
          failure.getMessage().contains("sleep 1000' did not end within 0.2 s"),
          failure.getMessage());
    }
  }

  @Test
  void aProgramThatDoesNotStartSaysWhy() {
    try (Testbed bed = Testbed.oneArm(1)) {
      Host host = bed.servers().getFirst();
      NginxServer.start(host);
      TestbedException failure =
          assertThrows(TestbedException.class, () -> NginxServer.start(host));
      assertTrue(failure.getMessage().contains("server1"), failure.getMessage());
      HostProcess program = host.start("no-such-program");
      failure =
          assertThrows(
              TestbedException.class, () -> program.awaitOutput("ready", Duration.ofSeconds(5)));
      assertTrue(failure.getMessage().contains("no-such-program"), failure.getMessage());
    }
  }

  private static Result get(Host from, String address) {
    return get(from, address, 20);
  }

  private static void assertUnreachable(Host from, String address) {
    assertFalse(get(from, address, 2).ok());
  }

  private static Result get(Host from, String address, int seconds) {
    return from.run(
        "curl", "-sSf", "--max-time", String.valueOf(seconds), "http://%s/".formatted(address));
  }
}
