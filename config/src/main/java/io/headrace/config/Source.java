package io.headrace.config;

/** Whom the servers of a frontend of mode passthrough see as their client. */
public enum Source {
  /** An address and a port of the balancer, which stand for the client. */
  NAT,
  /** The client itself; servers route their answers through the balancer. */
  CLIENT
}
