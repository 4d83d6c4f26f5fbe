/** The long runs: what must not be lost while a balancer is killed, changed and flooded. */
package io.headrace.perf.soak;
