/** Benchmarks (JMH). {@code perf/benchmark} builds and runs them. */
package io.headrace.perf;
