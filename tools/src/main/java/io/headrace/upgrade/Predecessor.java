package io.headrace.upgrade;

import io.headrace.config.Address;
import io.headrace.config.Protocol;
import io.headrace.proxy.ListeningSockets;
import io.headrace.proxy.MovingSession;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running process that this one follows. For one thread. */
public final class Predecessor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Predecessor.class);

  private final Lines lines;
  private final List<ListeningSockets> sockets = new ArrayList<>();
  private final List<OldProcess> old = new ArrayList<>();

  private Predecessor(SocketChannel socket) {
    this.lines = new Lines(socket);
  }

  /**
   * Asks the process that runs with a configuration file for what it listens on.
   *
   * @return empty when there is none
   * @throws IOException when it does not hand over
   */
  public static Optional<Predecessor> find(Path config) throws IOException {
    Optional<SocketChannel> socket = Meeting.join(config);
    if (socket.isEmpty()) {
      return Optional.empty();
    }
    Predecessor found = new Predecessor(socket.get());
    try {
      found.ask();
    } catch (IOException e) {
      found.close();
      throw e;
    }
    return Optional.of(found);
  }

  private void ask() throws IOException {
    lines.write(Lines.HELLO);
    List<String[]> listed = new ArrayList<>();
    for (String line = lines.read(); !line.equals(Lines.END); line = lines.read()) {
      String[] words = line.split(" ");
      if (words[0].equals(Lines.OLD)) {
        old.add(OldProcess.parse(words));
      } else {
        listed.add(words);
      }
    }
    for (String[] words : listed) {
      sockets.add(
          ListeningSockets.receive(
              Address.parse(words[1]),
              Protocol.valueOf(words[0].toUpperCase(Locale.ROOT)),
              Integer.parseInt(words[2]),
              lines.socket()));
    }
  }

  /** What it listens on, open in this process too. */
  public List<ListeningSockets> sockets() {
    return sockets;
  }

  OldProcesses old() {
    return new OldProcesses(old);
  }

  /**
   * Has it give up what only one process can have. It goes on to accept connections, and takes it
   * all back if this process ends before it is {@link #ready}.
   */
  public void release() throws IOException {
    lines.write(Lines.RELEASE);
    lines.expect(Lines.RELEASED);
  }

  /**
   * Has it accept no more: this process does.
   *
   * @return the sessions of UDP that it had; if it dies now, none
   */
  public List<MovingSession> ready() {
    List<MovingSession> sessions = List.of();
    try {
      lines.write(Lines.READY);
      sessions = Sessions.receive(lines);
      lines.write(Lines.TAKEN);
    } catch (IOException e) {
      LOG.warn("the process before has ended, and its connections with it: {}", e.getMessage());
    }
    return sessions;
  }

  @Override
  public void close() throws IOException {
    lines.socket().close();
  }
}
