package io.headrace.passthrough;

import io.headrace.config.PassthroughConfig;
import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowReader;
import io.headrace.conntrack.FlowStore;
import io.headrace.conntrack.Limits;
import io.headrace.conntrack.NatPorts;
import io.headrace.conntrack.OneWayFlows;
import io.headrace.conntrack.WaitingFlows;
import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.forward.Classifier;
import io.headrace.forward.EntryNumbers;
import io.headrace.forward.FlowCounts;
import io.headrace.forward.Forwarder;
import io.headrace.forward.ForwarderOfMode;
import io.headrace.forward.ForwardingTables;
import io.headrace.forward.HashFlows;
import io.headrace.forward.HashForwarder;
import io.headrace.forward.KernelOffload;
import io.headrace.forward.NatFlows;
import io.headrace.forward.NatForwarder;
import io.headrace.forward.OffloadableFlows;
import io.headrace.offload.KernelFlows;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.FlowTime;
import io.headrace.pipeline.Pipeline;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * The data path of frames, passthrough and direct server return: the pipeline, and for each of its
 * workers what it knows of flows and how it forwards. A running balancer and a replay differ only
 * in the arms, the clock and the flow store that they give it.
 */
public final class Passthrough implements AutoCloseable {
  private final List<Arm> arms;
  private final ForwardingTables tables;
  private final List<Conntrack> conntracks = new ArrayList<>();
  private final List<KernelOffload> offloads = new ArrayList<>();
  private final List<AtomicCounter> framesOffloaded = new ArrayList<>();
  private final List<OneWayFlows> oneWayFlows = new ArrayList<>();
  private final List<NatForwarder> natForwarders = new ArrayList<>();
  private final List<ConntrackCounters> flowCounters = new ArrayList<>();
  private final FlowHash hash;
  private final Pipeline pipeline;
  private volatile Optional<FlowRecoverer> recoverer = Optional.empty();

  /**
   * @param settings of the pipeline
   * @param arms where frames come from and go to; whoever opened them closes them, after this
   * @param flowTime the time that flows live by
   * @param hash of the tuples
   * @param natPorts the ports that stand for clients
   * @param stores makes each worker's durable copy of its flows, given the arms' ids
   * @param kernel what forwards flows beside the pipeline; whoever opened it closes it, after this
   * @param counters where everything counts
   */
  public Passthrough(
      PassthroughConfig settings,
      List<Arm> arms,
      FlowTime flowTime,
      FlowHash hash,
      BitSet natPorts,
      Function<int[], FlowStore> stores,
      Optional<KernelFlows> kernel,
      Counters counters) {
    this.arms = List.copyOf(arms);
    this.hash = hash;
    int workers = settings.workers();
    int[] armIds = arms.stream().mapToInt(Arm::id).toArray();
    long[] macs = arms.stream().mapToLong(Arm::mac).toArray();
    tables = new ForwardingTables(workers, macs, natPorts, counters);
    NatPorts ports = new NatPorts(natPorts);
    Limits limits = limits(settings, workers);
    List<Forwarder> forwarders = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      ConntrackCounters flowCounter = ConntrackCounters.create(counters, worker);
      Conntrack conntrack =
          new Conntrack(
              limits,
              hash,
              ports,
              settings.timeouts(),
              stores.apply(armIds),
              new FlowCounts(worker, tables),
              flowCounter);
      conntracks.add(conntrack);
      flowCounters.add(flowCounter);
      OneWayFlows oneWay =
          new OneWayFlows(limits.capacity(), settings.timeouts(), new FlowCounts(worker, tables));
      oneWayFlows.add(oneWay);
      HashFlows hashFlows = new HashFlows(oneWay);
      if (kernel.isPresent()) {
        framesOffloaded.add(counters.counter(Name.of(Metric.FRAMES_OFFLOADED).worker(worker)));
        int share = kernel.get().capacity() / workers;
        EntryNumbers numbers = new EntryNumbers(worker * share, share);
        conntrack.offloadTo(
            offload(worker, new NatFlows(conntrack), numbers, kernel.get(), counters));
        oneWay.offloadTo(offload(worker, hashFlows, numbers, kernel.get(), counters));
      }
      NatForwarder nat = new NatForwarder(worker, conntrack, hash, settings.onUnknown());
      natForwarders.add(nat);
      forwarders.add(new ForwarderOfMode(nat, new HashForwarder(worker, oneWay, hashFlows)));
    }
    counters.counter(Name.of(Metric.FLOW_CAPACITY)).setRelease(flowCapacity());
    pipeline =
        new Pipeline(settings, arms, flowTime, new Classifier(hash), tables, forwarders, counters);
  }

  private KernelOffload offload(
      int worker,
      OffloadableFlows flows,
      EntryNumbers numbers,
      KernelFlows kernel,
      Counters counters) {
    KernelOffload offload = new KernelOffload(worker, flows, numbers, tables, kernel, counters);
    offloads.add(offload);
    return offload;
  }

  private static Limits limits(PassthroughConfig settings, int workers) {
    return new Limits(
        Math.ceilDiv(settings.connectionTrackerCapacity(), workers),
        Math.max(1, settings.maxHalfOpen() / workers),
        Math.ceilDiv(settings.maxNewPerSource(), workers));
  }

  /**
   * Puts time-outs, limits and what is done with unknown frames in force before long; all else is
   * as it was at the start. Any thread.
   */
  public void change(PassthroughConfig settings) {
    for (int worker = 0; worker < conntracks.size(); worker++) {
      Conntrack conntrack = conntracks.get(worker);
      OneWayFlows oneWay = oneWayFlows.get(worker);
      NatForwarder nat = natForwarders.get(worker);
      pipeline.tell(
          worker,
          () -> {
            conntrack.timeouts(settings.timeouts());
            conntrack.limits(limits(settings, conntracks.size()));
            oneWay.timeouts(settings.timeouts());
            nat.onUnknown(settings.onUnknown());
          });
    }
  }

  /** Ends flows, for one thread, which need not be a worker's. */
  public FlowCloser flowCloser() {
    return new FlowCloser(pipeline, conntracks, hash);
  }

  /**
   * Makes the flows of an earlier process known, before the first frame comes and with the
   * forwarding table up to date; then whoever asks for this has them taken over.
   *
   * @param waiting those of each worker, which are closed with this
   * @param snapshot the frontends and servers that there are
   */
  public FlowRecoverer recover(List<WaitingFlows> waiting, Snapshot snapshot) {
    FlowRecoverer begun =
        new FlowRecoverer(
            pipeline,
            conntracks,
            arms.stream().map(Arm::id).toList(),
            waiting,
            snapshot,
            tables.current());
    recoverer = Optional.of(begun);
    return begun;
  }

  /**
   * Waits until the flows of an earlier process are in the tables, where {@link #flowReaders} and
   * {@link #flowCloser} find them. Not for a worker's thread.
   *
   * @throws IOException when this is closed before that, or it takes too long
   */
  public void awaitRecovery() throws IOException {
    if (recoverer.isPresent()) {
      recoverer.get().await();
    }
  }

  /** Where frames may go; to be updated before the first frame comes. */
  public ForwardingTables tables() {
    return tables;
  }

  public Pipeline pipeline() {
    return pipeline;
  }

  /** Frames that the kernel has forwarded by itself. */
  public long framesOffloaded() {
    return framesOffloaded.stream().mapToLong(AtomicCounter::get).sum();
  }

  /** Connections of all frontends that are open now. */
  public long connections() {
    return tables.current().frontends().stream()
        .flatMap(frontend -> frontend.traffic().stream())
        .mapToLong(traffic -> traffic.currentConnections())
        .sum();
  }

  /** What each worker's flow table counts. */
  public List<ConntrackCounters> flowCounters() {
    return List.copyOf(flowCounters);
  }

  /** How many flows fit into all workers' tables. */
  public long flowCapacity() {
    return conntracks.stream().mapToLong(Conntrack::capacity).sum();
  }

  /** New readers of each worker's flows, for one thread, which need not be a worker's. */
  public List<FlowReader> flowReaders() {
    return conntracks.stream().map(FlowReader::new).toList();
  }

  /** Stops the pipeline, then frees the flow tables. */
  @Override
  public void close() {
    pipeline.close();
    recoverer.ifPresent(FlowRecoverer::stop);
    offloads.forEach(KernelOffload::finish);
    conntracks.forEach(Conntrack::close);
    oneWayFlows.forEach(OneWayFlows::close);
  }
}
