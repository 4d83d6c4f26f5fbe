/**
 * Connection tracking: the flow table of each worker, the NAT ports it hands out, how a flow's
 * state follows its frames, when it ends, and the durable copy that outlives the process.
 */
package io.headrace.conntrack;
