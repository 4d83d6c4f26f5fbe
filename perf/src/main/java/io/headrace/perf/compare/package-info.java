/**
 * Headrace and its peers side by side, on a network of their own ({@link
 * io.headrace.testbed.Testbed}). {@code perf/compare} builds and runs it. A {@link
 * io.headrace.perf.compare.Scenario} measures one contestant at a time; rounds are interleaved, so
 * that what drifts on the machine drifts for all.
 */
package io.headrace.perf.compare;
