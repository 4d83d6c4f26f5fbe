package io.headrace.doctor;

import io.headrace.io.Frame;
import io.headrace.io.PacketSource;
import io.headrace.link.Interface;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.agrona.DirectBuffer;

/** The frames of several interfaces, in and out, in the order in which the kernel saw them. */
final class Tap implements AutoCloseable {
  private static final int SLOTS = 512;

  /** Hears of a frame. */
  interface Listener {
    /**
     * @param mac of the interface
     */
    void see(String interfaceName, long mac, DirectBuffer frame);
  }

  /** An interface, and its oldest frame that was not told yet. */
  private static final class Side {
    final Interface on;
    final PacketSource source;
    final Frame oldest = new Frame();
    boolean waits;

    Side(Interface on) {
      this.on = on;
      this.source = new PacketSource(on.name(), SLOTS, true);
    }
  }

  private final List<Side> sides = new ArrayList<>();

  private Tap() {}

  /**
   * @throws io.headrace.io.FrameIoException when frames cannot be seen here
   */
  static Tap open(Collection<Interface> interfaces) {
    Tap tap = new Tap();
    try {
      interfaces.forEach(each -> tap.sides.add(new Side(each)));
      return tap;
    } catch (RuntimeException e) {
      tap.close();
      throw e;
    }
  }

  /** Tells the next frame; false when there is none now. */
  boolean next(Listener listener) {
    look();
    // What came before those that wait is there by now, on whatever interface.
    look();
    Optional<Side> oldest =
        sides.stream()
            .filter(each -> each.waits)
            .min(Comparator.comparingLong(each -> each.oldest.timeNs()));
    oldest.ifPresent(
        side -> {
          listener.see(side.on.name(), side.on.mac(), side.oldest.buffer());
          side.source.release(1);
          side.waits = false;
        });
    return oldest.isPresent();
  }

  private void look() {
    for (Side side : sides) {
      side.waits = side.waits || side.source.receive(side.oldest);
    }
  }

  @Override
  public void close() {
    sides.forEach(side -> side.source.close());
  }
}
