package io.headrace.proxy;

import java.util.concurrent.TimeUnit;

/**
 * Carries what the two sides of a connection say, and the ends of what they say: an end behind the
 * data, a reset behind what came before it and the other side has taken. For the thread of the
 * event loop.
 */
final class Relay {
  private static final long FIRST_LOOK_MS = 5;
  private static final long LAST_LOOK_MS = 500;

  private final Connection connection;
  private final Loop loop;
  private final FrontendCounts frontend;
  private final Member member;
  private final Side client;
  private final Side server;
  private final long connectNs;
  private final long startNs;
  private long bytesFromClient;
  private long bytesFromServer;

  /** The side that has reset the connection, while what it sent before still goes out. */
  private Side resetBy;

  private long left;

  /**
   * @param connectNs how long the server took to take it
   */
  Relay(
      Connection connection,
      Loop loop,
      FrontendCounts frontend,
      Member member,
      Side server,
      long connectNs) {
    this.connection = connection;
    this.loop = loop;
    this.frontend = frontend;
    this.member = member;
    this.client = server.other();
    this.server = server;
    this.connectNs = connectNs;
    this.startNs = loop.now();
  }

  /** Lets both sides speak; what was written to the server before goes out first. */
  void begin() {
    member.counts().opened();
    server.channel().flush();
    if (client.inputEnded()) {
      server.finish();
    } else if (server.channel().isWritable()) {
      client.resume();
    }
    server.resume();
  }

  /** For what a side gets. */
  Passage passageTo(Side side) {
    return new Passage(frontend.passage(side.isClient()));
  }

  /** How far it has come. */
  OpenConnection.Stage stage() {
    if (client.inputEnded()) {
      return OpenConnection.Stage.CLIENT_ENDED;
    }
    return server.inputEnded() ? OpenConnection.Stage.SERVER_ENDED : OpenConnection.Stage.OPEN;
  }

  long connectNs() {
    return connectNs;
  }

  long bytesFromClient() {
    return bytesFromClient;
  }

  long bytesFromServer() {
    return bytesFromServer;
  }

  /** Whether data is to be read. */
  boolean isCarrying() {
    return resetBy == null && !connection.isOver();
  }

  void carried(boolean fromClient, int bytes) {
    connection.alive();
    if (fromClient) {
      bytesFromClient += bytes;
    } else {
      if (bytesFromServer == 0) {
        member.server().flows().succeeded();
        frontend.answered(loop.now() - startNs);
      }
      bytesFromServer += bytes;
    }
    frontend.carried(fromClient, bytes);
    member.counts().carried(fromClient, bytes);
  }

  /** Whether less, or more, is left to be taken than when this was asked last. */
  boolean hasMoved() {
    long now =
        client.unwritten()
            + server.unwritten()
            + (resetBy == null ? 0 : Sockets.tcp(resetBy.other().channel()).untaken());
    boolean moved = now != left;
    left = now;
    return moved;
  }

  /** A side says nothing more. */
  void inputEnded(Side side) {
    if (isCarrying()) {
      if (side.isBroken()) {
        reset(side);
      } else {
        side.other().finish();
      }
    }
  }

  /** All was written to a side, and the end of it. */
  void outputFinished() {
    if (isCarrying()
        && client.inputEnded()
        && server.inputEnded()
        && client.outputEnded()
        && server.outputEnded()) {
      connection.end(Ended.DONE);
    }
  }

  /**
   * What this side has sent before it broke may still be there to read: its input goes on, if there
   * is still somewhere for it to go.
   */
  void outputBroken(Side side) {
    if (!connection.isOver() && (side.inputEnded() || side.other().isBroken())) {
      reset(side);
    }
  }

  /** A side is gone: passes a reset on, behind the data that came before it. */
  void reset(Side from) {
    if (resetBy == null) {
      resetBy = from;
      from.other().pause();
      from.abort();
      from.other().afterWrites(() -> resetWhenTaken(FIRST_LOOK_MS));
    } else if (from != resetBy) {
      endReset();
    }
  }

  /** A reset has the kernel throw away what the peer has not taken. */
  private void resetWhenTaken(long nextLookMs) {
    if (connection.isOver()) {
      return;
    }
    if (Sockets.tcp(resetBy.other().channel()).untaken() == 0) {
      endReset();
    } else {
      loop.executor()
          .schedule(
              () -> resetWhenTaken(Math.min(2 * nextLookMs, LAST_LOOK_MS)),
              nextLookMs,
              TimeUnit.MILLISECONDS);
    }
  }

  private void endReset() {
    connection.end(resetBy.isClient() ? Ended.CLIENT_RESET : Ended.SERVER_RESET);
  }
}
