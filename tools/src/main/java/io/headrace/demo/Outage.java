package io.headrace.demo;

import java.util.Map;

/**
 * A server was stopped under traffic, and started again.
 *
 * @param server its name
 * @param outAfterNs from the stop until the balancer gave it no new connections
 * @param requestsBefore that were answered in this time
 * @param errorsBefore of requests that began before that: expected, a dead server is found out by
 *     asking it
 * @param requestsWithout right answers between that and its return
 * @param unexplained errors: of requests that began after that, or before the stop; there must be
 *     none
 * @param backAfterNs from the start until the balancer gave it new connections
 * @param servedAgain right answers of the server itself, after its return
 */
record Outage(
    String server,
    long outAfterNs,
    long requestsBefore,
    Map<Fault, Long> errorsBefore,
    long requestsWithout,
    Map<Fault, Long> unexplained,
    long backAfterNs,
    long servedAgain) {}
