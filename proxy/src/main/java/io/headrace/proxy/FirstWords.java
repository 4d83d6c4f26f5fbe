package io.headrace.proxy;

import io.netty.buffer.ByteBuf;
import java.util.function.Predicate;

/**
 * What a client says before a server is there to hear it: kept for the server, and looked at where
 * that is asked. For the thread of the event loop.
 */
final class FirstWords {
  private final Side client;
  private ByteBuf held;
  private Predicate<ByteBuf> reader;
  private Runnable inVain;

  FirstWords(Side client) {
    this.client = client;
  }

  void add(ByteBuf data) {
    if (held == null) {
      held = data;
    } else {
      held.writeBytes(data);
      data.release();
    }
  }

  /** Whether nothing was said, or nothing that is left. */
  boolean isNothing() {
    return held == null;
  }

  /**
   * Looks at what is there, and at more until it is enough.
   *
   * @param untilEnough looks, and may take bytes away; true when it needs no more
   * @param atTheEnd runs when the client ends before that
   */
  void look(Predicate<ByteBuf> untilEnough, Runnable atTheEnd) {
    reader = untilEnough;
    inVain = atTheEnd;
    more();
  }

  /** Something was added, or nothing more comes. */
  void more() {
    Predicate<ByteBuf> looking = reader;
    if (looking == null) {
      return;
    }
    // Enough is said at once, and may lead to another look.
    reader = null;
    if (held != null && looking.test(held)) {
      return;
    }
    if (client.inputEnded()) {
      inVain.run();
    } else {
      reader = looking;
      client.channel().read();
    }
  }

  /** Looks no more. */
  void enough() {
    reader = null;
  }

  /** Hands over what there is, or null; nothing is kept. */
  ByteBuf take() {
    ByteBuf all = held;
    held = null;
    return all;
  }
}
