/**
 * The Netty TCP and UDP proxy. It is not there yet: the module stands for its place beside the
 * frame pipeline. The two meet in the registry alone ({@link io.headrace.registry.Registry}): a
 * proxy reads its frontends and chooses its servers from the same snapshots, so that a server that
 * fails is out for both.
 */
package io.headrace.proxy;
