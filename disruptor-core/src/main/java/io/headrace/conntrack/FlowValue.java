package io.headrace.conntrack;

/** What the file keeps of a flow beside its key. Chronicle Values implements this. */
interface FlowValue {
  /** Server and NAT, as in {@link FlowRecords}. */
  long getAddresses();

  void setAddresses(long addresses);

  /** Client's MAC and arm, as in {@link FlowRecords}. */
  long getLink();

  void setLink(long link);

  /** Server and NAT, as in {@link FlowRecords}. */
  int getPorts();

  void setPorts(int ports);
}
