package io.headrace.admin;

import java.io.IOException;
import java.io.OutputStream;

/**
 * An answer that is short is sent with its length, when it is whole; of a longer one, what there is
 * when a buffer is full. Until then the request may be refused.
 */
final class Body extends OutputStream {
  private static final int BUFFER = 1 << 16;

  private final Exchange exchange;
  private final Media media;
  private final byte[] buffer = new byte[BUFFER];
  private int filled;
  private OutputStream answer;

  Body(Exchange exchange, Media media) {
    this.exchange = exchange;
    this.media = media;
  }

  @Override
  public void write(int b) throws IOException {
    if (filled == buffer.length) {
      send(0);
    }
    buffer[filled++] = (byte) b;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      if (filled == buffer.length) {
        send(0);
      }
      int now = Math.min(length - done, buffer.length - filled);
      System.arraycopy(bytes, offset + done, buffer, filled, now);
      filled += now;
      done += now;
    }
  }

  /** After the last byte. */
  void end() throws IOException {
    send(filled == 0 ? -1 : filled);
    answer.close();
  }

  /**
   * @param whole the length of the answer if this is the first of it
   */
  private void send(long whole) throws IOException {
    if (answer == null) {
      answer = exchange.answer(200, media, whole);
    }
    if (filled > 0) {
      answer.write(buffer, 0, filled);
      filled = 0;
    }
  }
}
