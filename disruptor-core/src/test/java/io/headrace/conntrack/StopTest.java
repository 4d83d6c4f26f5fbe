package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.CLIENT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process that ends in order. */
class StopTest {
  @TempDir private Path directory;

  @Test
  void flowsThatOpenWhileTheProcessEndsAreInTheFile() throws Exception {
    Path path = directory.resolve("flows");
    assertEquals(0, JavaProcess.start(StoppedProcess.class, path).waitFor());
    List<Integer> ports = new ArrayList<>();
    try (StoredFlows flows = StoredFlows.open(path)) {
      flows.forEach(flow -> ports.add(flow.clientPort()));
    }
    assertEquals(List.of(1), ports);
  }

  /** A program: a flow opens when every other shutdown hook has had its time. */
  static final class StoppedProcess {
    private static final int OTHER_HOOKS_MS = 300;

    private StoppedProcess() {}

    public static void main(String[] arguments) {
      FlowFile file = FlowFile.open(Path.of(arguments[0]), 10_000, FlowHash.random());
      Fixture fixture = new Fixture(file);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    pause();
                    fixture.established(CLIENT, 1);
                    fixture.close();
                    file.close();
                  }));
      System.exit(0);
    }

    private static void pause() {
      try {
        Thread.sleep(OTHER_HOOKS_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
