package io.headrace.conntrack;

/**
 * Puts a flow of an earlier process into the table of the worker that owns it. Called by that
 * worker.
 */
@FunctionalInterface
public interface FlowRestorer {
  /**
   * @param nowNs the time that flows live by: the flow counts as just seen
   * @return the flow, or a negative number for one that cannot go on: it leaves the file
   */
  int restore(StoredFlow flow, long nowNs);
}
