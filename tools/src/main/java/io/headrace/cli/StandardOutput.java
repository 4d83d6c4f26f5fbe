package io.headrace.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Standard output for much of it. Fails when nobody takes it any more, as {@code head} does. */
final class StandardOutput extends BufferedOutputStream {
  private static final int BUFFER = 1 << 16;

  /** Whoever runs the command says so, as for less output. */
  static final class GoneException extends IOException {
    private static final long serialVersionUID = 1;
  }

  StandardOutput() {
    super(
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            System.out.write(bytes, offset, length);
            if (System.out.checkError()) {
              throw new GoneException();
            }
          }
        },
        BUFFER);
  }
}
