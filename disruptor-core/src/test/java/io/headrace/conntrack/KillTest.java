package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.TCP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process, killed with SIGKILL in the middle of its work. */
class KillTest {
  @TempDir private Path directory;

  @Test
  void noEstablishedFlowIsLostWhenTheProcessIsKilled() throws Exception {
    Path path = directory.resolve("flows");
    int[] last = runAndKill(path, KilledProcess.OPEN + 1500);
    try (FlowFile file = FlowFile.open(path, KilledProcess.CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      fixture.recoverFrom(file);
      fixture.recoverAll();
      // The flow after the last that was reported as closed may have been on its way out.
      for (int i = last[1] + 2; i <= last[0]; i++) {
        assertNotEquals(Conntrack.NONE, find(fixture, i), "flow " + i + " is lost");
      }
      for (int i = 0; i <= last[1]; i++) {
        assertEquals(Conntrack.NONE, find(fixture, i), "flow " + i + " was closed and is back");
      }
      assertEquals(0, fixture.counters.orphaned().get());
      assertTrue(fixture.table.size() <= last[0] - last[1] + 1, "flows that never were");
    }
  }

  @Test
  void noFlowIsLostWhenTheProcessIsKilledWhileItTakesThemOver() throws Exception {
    Path path = directory.resolve("flows");
    int flows = KilledProcess.OPEN;
    try (FlowFile file = FlowFile.open(path, KilledProcess.CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      for (int i = 0; i < flows; i++) {
        fixture.established(KilledProcess.address(i), KilledProcess.port(i));
      }
    }
    Process process = JavaProcess.start(RecoveringProcess.class, path);
    int begun = flows;
    try (BufferedReader out = process.inputReader()) {
      while (begun < flows + flows / 20 && out.readLine() != null) {
        begun++;
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertEquals(flows + flows / 20, begun, "the process ended early");
    try (FlowFile file = FlowFile.open(path, KilledProcess.CAPACITY, FlowHash.random());
        Fixture fixture = new Fixture(file)) {
      fixture.recoverFrom(file);
      for (int i = 0; i < begun; i++) {
        assertNotEquals(Conntrack.NONE, find(fixture, i), "flow " + i + " is lost");
      }
      assertEquals(0, fixture.counters.orphaned().get());
    }
  }

  /** A program: takes half of the flows over, and has as many new ones begin meanwhile. */
  static final class RecoveringProcess {
    private RecoveringProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
      FlowFile file =
          FlowFile.open(Path.of(arguments[0]), KilledProcess.CAPACITY, FlowHash.random());
      Fixture fixture = new Fixture(file);
      fixture.recoverFrom(file);
      for (int i = KilledProcess.OPEN; i < KilledProcess.OPEN * 3 / 2; i++) {
        fixture.table.recover(1, fixture.nowNs);
        fixture.established(KilledProcess.address(i), KilledProcess.port(i));
        System.out.println("established " + i);
        System.out.flush();
      }
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  private static int find(Fixture fixture, int flow) {
    return fixture.find(TCP, KilledProcess.address(flow), KilledProcess.port(flow));
  }

  /** The numbers of the flows that the process last reported as established and as closed. */
  private static int[] runAndKill(Path path, int flows) throws IOException, InterruptedException {
    Process process = JavaProcess.start(KilledProcess.class, path);
    int[] last = {-1, -1};
    try (BufferedReader out = process.inputReader()) {
      String line;
      while ((line = out.readLine()) != null) {
        // The last line may have been cut in the middle of its number: then it names an earlier
        // flow.
        String[] words = line.split(" ");
        if (words.length == 2 && !words[1].isEmpty()) {
          int which = words[0].equals("established") ? 0 : 1;
          last[which] = Math.max(last[which], Integer.parseInt(words[1]));
        }
        if (last[0] >= flows && process.isAlive()) {
          process.toHandle().destroyForcibly();
        }
      }
    } finally {
      process.destroyForcibly();
    }
    assertEquals(128 + 9, process.waitFor(), "killed by SIGKILL");
    assertTrue(last[0] >= flows, "the process ended early, at flow " + last[0]);
    return last;
  }
}
