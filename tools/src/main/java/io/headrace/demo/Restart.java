package io.headrace.demo;

import java.util.List;

/**
 * The balancer was stopped and started again under downloads and under traffic.
 *
 * @param goneNs from the signal to stop until it forwarded again
 * @param downloads that were running
 * @param bytes of each
 * @param failures of downloads, a line each
 * @param kept requests on connections that were open before
 * @param fresh requests with a connection each
 */
record Restart(
    long goneNs, int downloads, int bytes, List<String> failures, Summary kept, Summary fresh) {}
