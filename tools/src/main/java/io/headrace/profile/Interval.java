package io.headrace.profile;

import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * The times that were recorded in a part of a profile.
 *
 * @param startNs monotonic
 * @param endNs monotonic
 * @param byStage in nanoseconds
 */
record Interval(long startNs, long endNs, Map<String, Histogram> byStage) {}
