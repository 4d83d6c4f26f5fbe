package io.headrace.demo;

/**
 * New connections of one server, while all were up.
 *
 * @param server its name
 */
record Share(String server, int weight, long connections) {}
