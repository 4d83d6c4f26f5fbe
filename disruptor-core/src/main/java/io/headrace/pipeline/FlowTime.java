package io.headrace.pipeline;

import io.headrace.io.Frame;

/** The time that flows live by, in nanoseconds from an arbitrary origin. */
public enum FlowTime {
  /** The machine's monotonic clock: a step of the wall clock expires nothing. */
  MONOTONIC {
    @Override
    long of(Frame frame, long nowNs) {
      return nowNs;
    }

    @Override
    boolean passesWithoutFrames() {
      return true;
    }
  },
  /** The frames' own time stamps: a replay gives the same result at any speed. */
  OF_FRAMES {
    @Override
    long of(Frame frame, long nowNs) {
      return frame.timeNs();
    }

    @Override
    boolean passesWithoutFrames() {
      return false;
    }
  };

  abstract long of(Frame frame, long nowNs);

  abstract boolean passesWithoutFrames();
}
