/** A balancer's counters as a person sees them: found, compared over time, and laid out. */
package io.headrace.monitor;
