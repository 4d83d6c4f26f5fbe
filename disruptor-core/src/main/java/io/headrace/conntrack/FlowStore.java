package io.headrace.conntrack;

/**
 * The durable copy of one worker's flows. Called by that worker alone, on the hot path: it neither
 * allocates nor logs.
 */
public interface FlowStore {
  /** Keeps nothing. */
  FlowStore NONE =
      new FlowStore() {
        @Override
        public boolean put(FlowRecords flows, int flow) {
          return true;
        }

        @Override
        public boolean remove(FlowRecords flows, int flow) {
          return true;
        }
      };

  /**
   * Writes a flow, or writes it anew. When this returns the flow outlives the process, however it
   * ends.
   *
   * @return false when it could not be written
   */
  boolean put(FlowRecords flows, int flow);

  /**
   * Forgets a flow.
   *
   * @return false when it could not be forgotten
   */
  boolean remove(FlowRecords flows, int flow);
}
