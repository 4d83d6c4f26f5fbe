/**
 * The life of a frame: the ring of preallocated slots, its stages, and what runs on which thread.
 */
package io.headrace.pipeline;
