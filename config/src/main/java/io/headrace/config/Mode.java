package io.headrace.config;

/** How a frontend's traffic reaches its servers. */
public enum Mode {
  PROXY,
  PASSTHROUGH,
  DSR;

  /** Whether its frontends live in the frame pipeline. */
  public boolean isOfFrames() {
    return this != PROXY;
  }
}
