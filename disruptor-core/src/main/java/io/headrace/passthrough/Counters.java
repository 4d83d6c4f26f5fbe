package io.headrace.passthrough;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;

/** Memory for everything that counts. */
public final class Counters {
  /** Four for each server and frontend and worker, and a few dozen. */
  private static final int MOST = 1 << 14;

  private Counters() {}

  public static CountersManager allocate() {
    return new CountersManager(
        new UnsafeBuffer(ByteBuffer.allocateDirect(MOST * CountersManager.METADATA_LENGTH)),
        new UnsafeBuffer(ByteBuffer.allocateDirect(MOST * CountersManager.COUNTER_LENGTH)));
  }
}
