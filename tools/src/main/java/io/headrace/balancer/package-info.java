/**
 * A running balancer: its parts put together, and kept in step with the configuration and the
 * machine.
 */
package io.headrace.balancer;
