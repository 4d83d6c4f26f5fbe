/**
 * What a balancer counts and measures, in one mapped file: it writes, and any tool reads without
 * asking it, also after a crash.
 */
package io.headrace.counters;
