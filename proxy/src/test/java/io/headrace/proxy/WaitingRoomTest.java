package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.QueueConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class WaitingRoomTest {
  private final WaitingRoom room = new WaitingRoom();
  private final List<Integer> woken = new ArrayList<>();
  private final List<WaitingRoom.Turn> turns = new ArrayList<>();

  private WaitingRoom.Turn join(int who) {
    return room.join(Runnable::run, () -> woken.add(who), List::of);
  }

  @Test
  void whoIsWokenInVainKeepsItsTurn() {
    for (int i = 0; i < 5; i++) {
      turns.add(join(i));
    }
    room.wakeAll();
    assertEquals(List.of(0, 1, 2, 3, 4), woken);
    assertTrue(room.isEmpty());
    turns.forEach(WaitingRoom.Turn::resume);
    turns.get(1).leave();
    woken.clear();
    for (int i = 0; i < 5; i++) {
      room.wakeFirst();
    }
    assertEquals(List.of(0, 2, 3, 4), woken);
  }

  @Test
  void aRoomWithoutPlacesIsAlwaysEmpty() throws InterruptedException {
    room.config(new QueueConfig(0, Duration.ofSeconds(1)));
    AtomicBoolean done = new AtomicBoolean();
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!done.get()) {
                    join(1);
                  }
                });
    try {
      for (int i = 0; i < 100_000; i++) {
        assertTrue(room.isEmpty());
      }
    } finally {
      done.set(true);
      other.join();
    }
    assertNull(join(2));
    room.config(new QueueConfig(1, Duration.ofSeconds(1)));
    assertNotNull(join(3));
    assertNull(join(4));
  }
}
