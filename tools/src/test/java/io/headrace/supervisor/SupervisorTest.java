package io.headrace.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a service manager hears, on a real Unix datagram socket. */
class SupervisorTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final long PID = ProcessHandle.current().pid();

  @TempDir private Path directory;

  @Test
  void itHearsWhenTheBalancerIsReadyAndWhenItStops() {
    for (String name : new String[] {directory.resolve("notify").toString(), "@headrace-" + PID}) {
      try (DatagramSocket manager = new DatagramSocket(name)) {
        Supervisor supervisor = Supervisor.of(Map.of("NOTIFY_SOCKET", name), PID);
        supervisor.ready(() -> true);
        assertTrue(manager.receive(LONG).orElseThrow().startsWith("READY=1\n"));
        supervisor.stopping();
        assertTrue(manager.receive(LONG).orElseThrow().startsWith("STOPPING=1\n"));
        assertEquals(Optional.empty(), manager.receive(SHORT), "no watchdog was asked for");
      }
    }
  }

  @Test
  void aSignOfLifeComesAsLongAsThereIsLife() {
    String name = directory.resolve("notify").toString();
    AtomicBoolean alive = new AtomicBoolean(true);
    try (DatagramSocket manager = new DatagramSocket(name)) {
      Supervisor supervisor = supervisor(name, String.valueOf(PID));
      supervisor.ready(alive::get);
      manager.receive(LONG);
      for (int i = 0; i < 3; i++) {
        assertEquals(Optional.of("WATCHDOG=1"), manager.receive(LONG));
      }
      alive.set(false);
      // One may be on its way.
      while (manager.receive(SHORT).isPresent()) {
        assertFalse(alive.get());
      }
      alive.set(true);
      assertEquals(Optional.of("WATCHDOG=1"), manager.receive(LONG));
      supervisor.stopping();
      while (!manager.receive(LONG).orElse("STOPPING").startsWith("STOPPING")) {
        assertTrue(alive.get());
      }
      assertEquals(Optional.empty(), manager.receive(SHORT), "it beats on");
    }
  }

  @Test
  void aWatchdogOfAnotherProcessIsNotFed() {
    String name = directory.resolve("notify").toString();
    try (DatagramSocket manager = new DatagramSocket(name)) {
      supervisor(name, String.valueOf(PID + 1)).ready(() -> true);
      manager.receive(LONG);
      assertEquals(Optional.empty(), manager.receive(SHORT));
    }
  }

  @Test
  void withoutAManagerNobodyIsTold() {
    Supervisor.of(Map.of(), PID).ready(() -> true);
    Supervisor.of(Map.of("NOTIFY_SOCKET", "nonsense"), PID).stopping();
    Supervisor.of(Map.of("NOTIFY_SOCKET", "/nowhere/at/all"), PID).stopping();
  }

  private static Supervisor supervisor(String socket, String watched) {
    return Supervisor.of(
        Map.of("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "150000", "WATCHDOG_PID", watched), PID);
  }
}
