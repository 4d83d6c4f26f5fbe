package io.headrace.conntrack;

/**
 * The key of a flow in its file: the client's side. Protocol 0 is the file's own entry. Chronicle
 * Values implements this.
 */
interface FlowKey {
  /** Client and service, as in {@link FlowRecords}. */
  long getAddresses();

  void setAddresses(long addresses);

  /** Client and service, as in {@link FlowRecords}. */
  int getPorts();

  void setPorts(int ports);

  int getProtocol();

  void setProtocol(int protocol);
}
