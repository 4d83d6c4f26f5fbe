package io.headrace.upgrade;

import io.headrace.config.Address;
import io.headrace.proxy.ListeningSockets;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for a process that follows this one, on a thread of its own. */
public final class HandOver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

  private final Path meeting;
  private final Object file;
  private final ServerSocketChannel listener;
  private final OldProcesses old;
  private final Owner owner;

  /** Who has what is handed over; asked on the thread that waits. */
  public interface Owner {
    /** What the proxy listens on. */
    List<ListeningSockets> listening();

    /** Gives up what only one process can have. */
    void release();

    /** Takes it back. */
    void resume();

    /** Accepts nobody any more: the other process does. */
    void leave();

    /** The other process has all of it. */
    void followed();
  }

  private HandOver(
      Path meeting, Object file, ServerSocketChannel listener, OldProcesses old, Owner owner) {
    this.meeting = meeting;
    this.file = file;
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
    Path meeting = Meeting.at(config).getPath();
    Path fresh =
        meeting.resolveSibling(meeting.getFileName() + "." + ProcessHandle.current().pid());
    Files.deleteIfExists(fresh);
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(fresh));
      Object file = key(fresh);
      Files.move(fresh, meeting, StandardCopyOption.ATOMIC_MOVE);
      HandOver waiting = new HandOver(meeting, file, listener, old, owner);
      Thread.ofPlatform().daemon().name("upgrade").start(waiting::run);
      return waiting;
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
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
    } catch (IOException e) {
      LOG.error("the process that was to follow this one did not come up: this one goes on");
      owner.resume();
      return false;
    }
    owner.leave();
    next.write(Lines.LEFT);
    return true;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    if (Files.exists(meeting) && key(meeting).equals(file)) {
      Files.delete(meeting);
    }
  }
}
