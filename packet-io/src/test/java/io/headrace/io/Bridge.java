package io.headrace.io;

import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/**
 * Two interfaces made one wire, frame by frame, by packet sources and sinks on one thread of its
 * own: the simplest forwarder there is.
 */
final class Bridge {
  private static final int BURST = 64;
  private static final long IDLE_NANOS = 10_000_000;

  private final PacketSource[] sources = new PacketSource[2];
  private final PacketSink[] sinks = new PacketSink[2];
  private final List<Consumer<Frame>> rewrites;
  private final FutureTask<Void> cycle;
  private volatile boolean running = true;

  Bridge(NetworkNamespace namespace, String left, String right, int ringSize) throws Exception {
    this(namespace, left, right, ringSize, List.of(frame -> {}, frame -> {}));
  }

  /**
   * @param rewrites what is done to each frame: from left to right, and from right to left
   */
  Bridge(
      NetworkNamespace namespace,
      String left,
      String right,
      int ringSize,
      List<Consumer<Frame>> rewrites)
      throws Exception {
    this.rewrites = rewrites;
    namespace.call(
        () -> {
          sources[0] = new PacketSource(left, ringSize);
          sources[1] = new PacketSource(right, ringSize);
          sinks[0] = new PacketSink(right);
          sinks[1] = new PacketSink(left);
          return null;
        });
    cycle = namespace.start(this::run);
  }

  private Void run() {
    Poller poller = new Poller(sources[0].descriptor(), sources[1].descriptor());
    Frame[] frames = new Frame[BURST];
    for (int i = 0; i < BURST; i++) {
      frames[i] = new Frame();
    }
    while (running) {
      if (pass(0, frames) + pass(1, frames) == 0) {
        poller.await(IDLE_NANOS);
      }
    }
    return null;
  }

  private int pass(int direction, Frame[] frames) {
    int count = 0;
    while (count < BURST && sources[direction].receive(frames[count])) {
      rewrites.get(direction).accept(frames[count]);
      sinks[direction].send(frames[count++]);
    }
    sinks[direction].flush();
    sources[direction].release(count);
    return count;
  }

  PacketSink toRight() {
    return sinks[0];
  }

  void stop() throws Exception {
    running = false;
    cycle.get();
    for (int i = 0; i < 2; i++) {
      sources[i].close();
      sinks[i].close();
    }
  }

  @Override
  public String toString() {
    return "missed %d + %d, sent %d + %d, failures %s + %s"
        .formatted(
            sources[0].missed(),
            sources[1].missed(),
            sinks[0].sent(),
            sinks[1].sent(),
            sinks[0].failures(),
            sinks[1].failures());
  }
}
