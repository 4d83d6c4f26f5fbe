package io.headrace.conntrack;

/**
 * What forwards frames of a worker's flows beside the worker, which sees only some of them then.
 * Called by the worker that owns the flows, on the hot path.
 */
public interface FlowOffload {
  /** No frame has passed that the worker has not seen. */
  long NEVER = 0;

  /** Where every frame comes to the worker. */
  FlowOffload NONE =
      new FlowOffload() {
        @Override
        public void passed(int flow) {}

        @Override
        public void withdraw(int flow) {}

        @Override
        public long lastSeenNs(int flow) {
          return NEVER;
        }

        @Override
        public void look(long nowNs) {}
      };

  /** A frame of the flow has come to the worker; from the next on it may be out of its hands. */
  void passed(int flow);

  /**
   * Every frame of the flow comes to the worker from now on: it is over, or about to be forgotten.
   */
  void withdraw(int flow);

  /** When the last frame passed beside the worker, on its clock, or {@link #NEVER}. */
  long lastSeenNs(int flow);

  /** Brings flows and counts up to date, a bounded number at a time: called again and again. */
  void look(long nowNs);
}
