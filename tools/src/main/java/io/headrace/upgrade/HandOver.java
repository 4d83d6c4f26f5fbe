package io.headrace.upgrade;

import io.headrace.admin.OwnersSocket;
import io.headrace.config.Address;
import io.headrace.proxy.ListeningSockets;
import io.headrace.proxy.MovingSession;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for a process that follows this one, on a thread of its own. */
public final class HandOver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

  private final OwnersSocket listener;
  private final OldProcesses old;
  private final Owner owner;

  /** Who has what is handed over; asked on the thread that waits. */
  public interface Owner {
    /** What the proxy listens on. */
    List<ListeningSockets> listening();

    /** Gives up what only one process can have. */
    void release();

    /** Takes it back, and accepts again if it has {@link #leave left}. */
    void resume();

    /**
     * Accepts nobody any more: the other process does.
     *
     * @return the sessions of UDP, which the other process carries on
     */
    List<MovingSession> leave();

    /** The other process has all of it. */
    void followed();
  }

  private HandOver(OwnersSocket listener, OldProcesses old, Owner owner) {
    this.listener = listener;
    this.old = old;
    this.owner = owner;
  }

  /**
   * Waits from now on, in place of the process that this one has followed.
   *
   * @param config the configuration file, by which the next process finds this one
   * @throws IOException when there is no place to wait at
   */
  public static HandOver start(Path config, Optional<Predecessor> followed, Owner owner)
      throws IOException {
    OldProcesses old = followed.map(Predecessor::old).orElseGet(() -> new OldProcesses(List.of()));
    old.bound();
    HandOver waiting = new HandOver(OwnersSocket.listen(Meeting.of(config)), old, owner);
    Thread.ofPlatform().daemon().name("upgrade").start(waiting::run);
    return waiting;
  }

  private void run() {
    boolean followed = false;
    while (!followed && listener.isOpen()) {
      try (SocketChannel socket = listener.accept()) {
        followed = serve(new Lines(socket));
      } catch (IOException | RuntimeException e) {
        LOG.debug("nobody to hand over to", e);
      }
    }
    if (followed) {
      owner.followed();
    }
  }

  private boolean serve(Lines next) throws IOException {
    next.expect(Lines.HELLO);
    List<ListeningSockets> listening = owner.listening();
    for (ListeningSockets each : listening) {
      next.write(
          "%s %s %d"
              .formatted(
                  each.protocol().name().toLowerCase(Locale.ROOT),
                  Address.format(each.address()),
                  each.descriptors().size()));
    }
    for (OldProcess each : old.alive()) {
      next.write(each.text());
    }
    next.write(OldProcess.ofThis().text());
    next.write(Lines.END);
    for (ListeningSockets each : listening) {
      each.send(next.socket());
    }
    next.expect(Lines.RELEASE);
    owner.release();
    try {
      next.write(Lines.RELEASED);
      next.expect(Lines.READY);
      Sessions.send(owner.leave(), next);
      next.expect(Lines.TAKEN);
    } catch (IOException e) {
      LOG.error("the process that was to follow this one did not come up: this one goes on");
      owner.resume();
      return false;
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
