package io.headrace.doctor;

import io.headrace.registry.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What became of a TCP connection to a port. */
enum Reach {
  /** It was taken. */
  TAKEN("takes connections"),
  /** The station is there, and refused it. */
  REFUSED("refuses connections (RST)"),
  /** Nothing came back. */
  SILENT("does not answer"),
  /** This machine or a router said that it cannot be reached. */
  UNREACHABLE("cannot be reached");

  private static final Duration PATIENCE = Duration.ofMillis(1500);

  private final String text;

  Reach(String text) {
    this.text = text;
  }

  /** Completes the sentence "the server …". */
  String text() {
    return text;
  }

  /** Whether the station is there. */
  boolean isAnswered() {
    return this == TAKEN || this == REFUSED;
  }

  /**
   * Connects to all at once, from the calling thread's network, and waits for the answers, 1.5 s at
   * most.
   */
  static Map<Server, Reach> of(List<Server> servers) {
    Map<Server, Reach> reached = new LinkedHashMap<>();
    servers.forEach(server -> reached.put(server, SILENT));
    try (Selector selector = Selector.open()) {
      try {
        for (Server server : servers) {
          reached.put(server, begin(server, selector));
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        long left = PATIENCE.toMillis();
        while (left > 0 && selector.keys().stream().anyMatch(SelectionKey::isValid)) {
          selector.select(key -> reached.put((Server) key.attachment(), finish(key)), left);
          left = Duration.ofNanos(end - System.nanoTime()).toMillis();
        }
      } finally {
        for (SelectionKey key : List.copyOf(selector.keys())) {
          key.channel().close();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return reached;
  }

  private static Reach begin(Server server, Selector selector) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.configureBlocking(false);
      if (!channel.connect(server.address())) {
        channel.register(selector, SelectionKey.OP_CONNECT, server);
        return SILENT;
      }
      channel.close();
      return TAKEN;
    } catch (IOException | RuntimeException e) {
      channel.close();
      return of(e);
    }
  }

  private static Reach finish(SelectionKey key) {
    try (SocketChannel channel = (SocketChannel) key.channel()) {
      channel.finishConnect();
      return TAKEN;
    } catch (IOException e) {
      return of(e);
    }
  }

  private static Reach of(Exception failure) {
    return failure instanceof ConnectException && failure.getMessage().contains("refused")
        ? REFUSED
        : UNREACHABLE;
  }
}
