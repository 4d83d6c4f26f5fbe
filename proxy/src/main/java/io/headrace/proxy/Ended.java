package io.headrace.proxy;

import java.util.Locale;

/** How a connection has ended. */
public enum Ended {
  /** Both sides have closed it; or a UDP session has carried nothing for its time. */
  DONE,
  /** Its source is not allowed. */
  DENIED,
  /** Its source has opened too many in a second. */
  RATE,
  /** It came from none of those whose PROXY header is taken. */
  UNTRUSTED,
  /** It did not begin with a PROXY header that can be understood. */
  BAD_PROXY_HEADER,
  /** The process may open no more files. */
  NO_DESCRIPTOR,
  /** The process has no memory for another, should all that it has be slow. */
  NO_MEMORY,
  /** No room was left to wait in. */
  QUEUE_FULL,
  /** It has waited for its time. */
  QUEUE_TIMEOUT,
  /** No server was up. */
  NO_SERVER,
  /** No server that was tried took it. */
  CONNECT_FAILED,
  /** The client went before a server had it. */
  CLIENT_GONE,
  /** The client reset it. */
  CLIENT_RESET,
  /** The server reset it. */
  SERVER_RESET,
  /** Its server went down, and {@code on_down} ends its connections then. */
  SERVER_DOWN,
  /** An operator has closed it. */
  CLOSED,
  /** It has carried nothing for its time. */
  IDLE,
  /** The proxy was stopped. */
  STOPPED,
  /** A defect of ours. */
  FAULT;

  /** As statistics and logs write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
