package io.headrace.listing;

import io.headrace.conntrack.FlowView;
import java.io.IOException;

/** Where the flows are that are shown. */
public interface FlowSource {
  /** The names of the ids in its flows. */
  FlowNames names();

  /**
   * Shows every flow.
   *
   * @throws IOException when the action does, or when the thread is interrupted
   */
  void forEach(Action action) throws IOException;

  /** What is done with each flow. */
  @FunctionalInterface
  interface Action {
    /**
     * @param flow valid during the call
     * @throws IOException when the flow goes to a stream that does
     */
    void accept(FlowView flow) throws IOException;
  }
}
