package io.headrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.ConfigSource.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatcherTest {
  private static final Duration SETTLE = Duration.ofMillis(60);
  private static final Duration NEVER = Duration.ofHours(1);

  @TempDir private Path folder;
  private Path file;
  private ConfigWatcher watcher;
  private volatile Config running;
  private volatile boolean refuse;
  private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(folder.resolve("headrace.toml"), text(1));
  }

  @AfterEach
  void close() {
    watcher.close();
  }

  @Test
  void aFileThatIsWrittenInPlaceIsTold() throws Exception {
    watch(NEVER);
    settle();
    Files.writeString(file, text(2));
    assertEquals(2, weight(next()));
  }

  @Test
  void aFileThatAnEditorReplacesIsTold() throws Exception {
    watch(NEVER);
    settle();
    for (int weight = 2; weight < 5; weight++) {
      Path fresh = Files.writeString(folder.resolve("headrace.toml~"), text(weight));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      assertEquals(weight, weight(next()));
    }
  }

  @Test
  void aSwapOfSymbolicLinksAsKubernetesDoesItIsTold() throws Exception {
    Files.delete(file);
    mount("..1", 1);
    Files.createSymbolicLink(folder.resolve("..data"), Path.of("..1"));
    Files.createSymbolicLink(file, Path.of("..data", "headrace.toml"));
    watch(NEVER);
    settle();
    mount("..2", 2);
    Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..2"));
    Files.move(
        folder.resolve("..data_tmp"), folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    assertEquals(2, weight(next()));
  }

  @Test
  void aChangeWithoutAnEventIsToldByThePoll() throws Exception {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere")).resolve("real.toml");
    Files.move(file, elsewhere);
    Files.createSymbolicLink(file, elsewhere);
    watch(Duration.ofMillis(50));
    settle();
    Files.writeString(elsewhere, text(2));
    assertEquals(2, weight(next()));
  }

  @Test
  void aChangeBetweenTheFirstReadingAndTheStartIsTold() throws Exception {
    running = ConfigReader.read(file, Mode.PASSTHROUGH);
    Files.writeString(file, text(2));
    watcher = ConfigWatcher.start(ConfigSource.of(file), () -> running, listener(), NEVER, SETTLE);
    assertEquals(2, weight(next()));
  }

  @Test
  void aFileThatCannotBeUsedIsToldOnceAndTheNextGoodOneIsTaken() throws Exception {
    watch(Duration.ofMillis(20));
    Files.writeString(file, "nonsense");
    assertTrue(next() instanceof ConfigException);
    assertNull(heard.poll(300, TimeUnit.MILLISECONDS));
    Files.writeString(file, text(3));
    assertEquals(3, weight(next()));
  }

  @Test
  void aFileThatIsGoneIsToldOnceAndItsReturnIsNoChange() throws Exception {
    watch(Duration.ofMillis(20));
    Files.delete(file);
    ConfigException gone = (ConfigException) next();
    assertEquals(file + ": no such file", gone.getMessage());
    Files.writeString(file, text(1));
    assertNull(heard.poll(400, TimeUnit.MILLISECONDS));
  }

  @Test
  void aCommentIsNoChange() throws Exception {
    watch(Duration.ofMillis(20));
    Files.writeString(file, "# a comment\n" + text(1));
    assertNull(heard.poll(400, TimeUnit.MILLISECONDS));
  }

  @Test
  void aFileThatIsStillBeingWrittenIsNotTakenForAWholeOne() throws Exception {
    running = ConfigReader.read(file, Mode.PASSTHROUGH);
    watcher =
        ConfigWatcher.start(
            ConfigSource.of(file),
            () -> running,
            listener(),
            Duration.ofMillis(10),
            Duration.ofSeconds(1));
    Files.writeString(file, "");
    for (String line : text(2).split("(?<=\n)")) {
      Files.writeString(file, line, StandardOpenOption.APPEND);
      Thread.sleep(20);
    }
    assertEquals(2, weight(next()));
    assertTrue(heard.isEmpty());
  }

  @Test
  void aListenerThatFailsDoesNotEndTheWatch() throws Exception {
    running = ConfigReader.read(file, Mode.PASSTHROUGH);
    ConfigWatcher.Listener failing =
        new ConfigWatcher.Listener() {
          @Override
          public Config read(Content content) throws ConfigException {
            return ConfigReader.read(content, Mode.PASSTHROUGH);
          }

          @Override
          public void changed(Content content, Config config) {
            heard.add(config);
            throw new InternalError("as the test wants");
          }

          @Override
          public void rejected(ConfigException errors) {
            heard.add(errors);
          }
        };
    watcher =
        ConfigWatcher.start(
            ConfigSource.of(file), () -> running, failing, Duration.ofMillis(20), SETTLE);
    Files.writeString(file, text(2));
    assertEquals(2, weight(next()));
    Files.writeString(file, text(3));
    assertEquals(3, weight(next()));
  }

  @Test
  void aRefusedFileIsToldAgainWhenItIsSavedAgain() throws Exception {
    refuse = true;
    watch(Duration.ofMillis(20));
    Files.writeString(file, text(2));
    assertEquals(2, weight(next()));
    assertNull(heard.poll(300, TimeUnit.MILLISECONDS));

    refuse = false;
    Files.writeString(file, text(2));
    assertEquals(2, weight(next()));
    Files.writeString(file, text(2));
    assertNull(heard.poll(400, TimeUnit.MILLISECONDS), "it is in force");
  }

  @Test
  void nothingIsToldAfterClose() throws Exception {
    watch(Duration.ofMillis(20));
    settle();
    watcher.close();
    Files.writeString(file, text(2));
    assertNull(heard.poll(500, TimeUnit.MILLISECONDS));
  }

  private void watch(Duration poll) throws ConfigException {
    running = ConfigReader.read(file, Mode.PASSTHROUGH);
    watcher = ConfigWatcher.start(ConfigSource.of(file), () -> running, listener(), poll, SETTLE);
  }

  /** Lets the watcher see the file as it is, so that what follows is found by an event. */
  private static void settle() throws InterruptedException {
    Thread.sleep(3 * SETTLE.toMillis());
  }

  private Object next() throws InterruptedException {
    Object next = heard.poll(20, TimeUnit.SECONDS);
    assertNotNull(next, "waited in vain");
    return next;
  }

  private ConfigWatcher.Listener listener() {
    return new ConfigWatcher.Listener() {
      @Override
      public Config read(Content content) throws ConfigException {
        return ConfigReader.read(content, Mode.PASSTHROUGH);
      }

      @Override
      public void changed(Content content, Config config) {
        if (!refuse) {
          running = config;
        }
        heard.add(config);
      }

      @Override
      public void rejected(ConfigException errors) {
        heard.add(errors);
      }
    };
  }

  private void mount(String name, int weight) throws IOException {
    Path directory = Files.createDirectory(folder.resolve(name));
    Files.writeString(directory.resolve("headrace.toml"), text(weight));
  }

  private static int weight(Object config) {
    return ((Config) config).backends().get("pool").servers().get("a").weight();
  }

  private static String text(int weight) {
    return """
    [frontends.web]
    listen_addr = "192.0.2.10:80"
    backend = "pool"
    [backends.pool.servers.a]
    addr = "10.0.0.1:80"
    weight = %d
    """
        .formatted(weight);
  }
}
