/**
 * The wire format: flyweights over the headers of a frame, the one pass that parses them, and
 * Internet checksums. All offsets are in bytes, all fields big-endian.
 */
package io.headrace.packet;
