/**
 * A whole network on one machine: a client, a balancer and servers, each in a Linux network
 * namespace of its own and joined by a bridge. The demo runs on it, and so do the tests and
 * comparisons that need real packets. Nothing outside these namespaces is touched, and nothing is
 * left behind.
 */
package io.headrace.testbed;
