package io.headrace.passthrough;

import io.headrace.config.PassthroughConfig;
import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.conntrack.NatPorts;
import io.headrace.conntrack.Timeouts;
import io.headrace.forward.Classifier;
import io.headrace.forward.FlowCounts;
import io.headrace.forward.ForwardingTables;
import io.headrace.forward.NatForwarder;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.FlowTime;
import io.headrace.pipeline.Pipeline;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.agrona.concurrent.status.CountersManager;

/**
 * The data path of passthrough: the pipeline, and for each of its workers a flow table and a
 * forwarder. A running balancer and a replay differ only in the arms, the clock and the flow store
 * that they give it.
 */
public final class Passthrough implements AutoCloseable {
  private final ForwardingTables tables;
  private final List<Conntrack> conntracks = new ArrayList<>();
  private final Pipeline pipeline;

  /**
   * @param settings of the pipeline
   * @param arms where frames come from and go to; whoever opened them closes them, after this
   * @param flowTime the time that flows live by
   * @param hash of the tuples
   * @param natPorts the ports that stand for clients
   * @param store where flows outlive the process
   * @param counters where everything counts
   */
  public Passthrough(
      PassthroughConfig settings,
      List<Arm> arms,
      FlowTime flowTime,
      FlowHash hash,
      BitSet natPorts,
      FlowStore store,
      CountersManager counters) {
    int workers = settings.workers();
    long[] macs = arms.stream().mapToLong(Arm::mac).toArray();
    tables = new ForwardingTables(workers, counters, macs, natPorts);
    NatPorts ports = new NatPorts(natPorts);
    int capacity = Math.ceilDiv(settings.connectionTrackerCapacity(), workers);
    List<NatForwarder> forwarders = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      Conntrack conntrack =
          new Conntrack(
              capacity,
              hash,
              ports,
              Timeouts.DEFAULT,
              store,
              new FlowCounts(worker, tables),
              ConntrackCounters.create("worker " + worker + " ", counters::newCounter));
      conntracks.add(conntrack);
      forwarders.add(new NatForwarder(worker, conntrack, hash));
    }
    pipeline =
        new Pipeline(settings, arms, flowTime, new Classifier(hash), tables, forwarders, counters);
  }

  /** Where frames may go; to be updated before the first frame comes. */
  public ForwardingTables tables() {
    return tables;
  }

  public Pipeline pipeline() {
    return pipeline;
  }

  /** Flows that are tracked, over all workers; exact only while the pipeline stands still. */
  public long flows() {
    return conntracks.stream().mapToLong(Conntrack::size).sum();
  }

  /** Stops the pipeline, then frees the flow tables. */
  @Override
  public void close() {
    pipeline.close();
    conntracks.forEach(Conntrack::close);
  }
}
