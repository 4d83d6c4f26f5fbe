/** What Prometheus scrapes: the counters file under the names of its conventions. */
package io.headrace.metrics;
