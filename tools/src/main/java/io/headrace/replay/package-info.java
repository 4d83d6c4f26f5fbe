/**
 * The very pipeline of a running balancer over a capture file: no network, no privilege, no clock.
 */
package io.headrace.replay;
