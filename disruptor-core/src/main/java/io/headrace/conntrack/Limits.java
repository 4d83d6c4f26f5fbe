package io.headrace.conntrack;

/**
 * How much one flow table takes.
 *
 * @param capacity flows that fit, those in quarantine included, 1 to {@link FlowTable#MAX_CAPACITY}
 * @param halfOpen flows that may be opening at one time, 1 and up
 * @param perSource flows a second that one source address may begin, and as many at once; 0 is no
 *     limit
 */
public record Limits(int capacity, int halfOpen, int perSource) {
  /** With half of the table for flows that are opening, from whatever address. */
  public static Limits of(int capacity) {
    return new Limits(capacity, Math.max(1, capacity / 2), 0);
  }
}
