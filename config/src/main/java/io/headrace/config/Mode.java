package io.headrace.config;

/** How a frontend's traffic reaches its servers. */
public enum Mode {
  PROXY,
  PASSTHROUGH,
  DSR
}
