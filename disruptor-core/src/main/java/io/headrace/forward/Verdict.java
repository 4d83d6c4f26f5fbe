package io.headrace.forward;

/** What becomes of a frame. */
public enum Verdict {
  /** Rewritten, and to be sent out of the arm that the slot names. */
  FORWARD,
  /** Made into an answer, which is to be sent out of the arm that it came in by. */
  ANSWER,
  /** Ours, and to go nowhere. */
  DROP,
  /** Not ours: the kernel has its own copy. */
  PASS
}
