/** Asks servers through a frontend and straight, to see what a balancer adds to a round trip. */
package io.headrace.probe;
