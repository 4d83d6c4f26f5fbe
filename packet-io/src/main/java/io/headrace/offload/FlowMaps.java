package io.headrace.offload;

import io.headrace.bpf.BpfMap;

/**
 * What the programs and this process share.
 *
 * @param ipv4 indexes by {@link FlowKey}
 * @param ipv6 the same
 * @param entries {@link FlowEntry}
 * @param addresses {@link FlowAddresses}
 * @param decision for each processor, 0 or one more than the index of the entry that the frame goes
 *     by
 */
record FlowMaps(BpfMap ipv4, BpfMap ipv6, BpfMap entries, BpfMap addresses, BpfMap decision) {
  BpfMap flows(Family family) {
    return family == Family.IPV6 ? ipv6 : ipv4;
  }
}
