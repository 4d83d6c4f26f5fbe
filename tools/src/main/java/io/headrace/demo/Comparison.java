package io.headrace.demo;

/**
 * The same measured twice: from the client to a server, and through Headrace.
 *
 * @param <T> what was measured
 */
record Comparison<T>(T straight, T headrace) {}
