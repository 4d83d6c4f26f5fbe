/**
 * The Netty TCP and UDP proxy. It meets the frame pipeline in the registry alone ({@link
 * io.headrace.registry.Registry}): it reads its frontends and chooses its servers from the same
 * snapshots, so that a server that fails is out for both.
 */
package io.headrace.proxy;
