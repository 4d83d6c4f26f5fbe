package io.headrace.replay;

import io.headrace.config.Config;
import io.headrace.config.Mode;
import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.PortRange;
import io.headrace.config.PassthroughConfig.Threading;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.counters.Counters;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.Hop;
import io.headrace.io.CaptureFileSink;
import io.headrace.io.CaptureFileSource;
import io.headrace.io.FrameIoException;
import io.headrace.packet.IpAddress;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.FlowTime;
import io.headrace.pipeline.Pipeline;
import io.headrace.pipeline.PipelineCounts;
import io.headrace.registry.Pool;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs a capture file through the pipeline. Time is the capture's own, the key of the flow hash is
 * fixed, and health is what the caller says, so the same input gives the same output always.
 */
public final class Replay {
  /** Hears how far a replay is. */
  @FunctionalInterface
  public interface Progress {
    /**
     * @param frames done
     * @param ofFrames there are
     */
    void at(long frames, long ofFrames);
  }

  /** Of Ethernet: a capture file does not tell what its network takes. */
  private static final int MTU = 1500;

  private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Config config;
  private final ReplayOptions options;
  private final Counters counters;
  private final Registry registry;

  private Replay(Config config, ReplayOptions options, Counters counters) {
    this.config = config;
    this.counters = counters;
    this.options = options;
    this.registry = new Registry(config);
  }

  /** As below, with counters that nobody else sees. */
  public static ReplayReport run(Config config, ReplayOptions options, Progress progress)
      throws Exception {
    return run(config, options, Counters.inMemory(), progress);
  }

  /**
   * Replays a file, whole.
   *
   * @param config frontends, backends and the settings of the pipeline
   * @param options what to replay, and what the file cannot tell
   * @param counters where it counts
   * @param progress hears how far it is, now and then
   * @throws io.headrace.io.FrameIoException when a file cannot be opened, or written
   */
  public static ReplayReport run(
      Config config, ReplayOptions options, Counters counters, Progress progress) throws Exception {
    return new Replay(config, options, counters).run(progress);
  }

  private ReplayReport run(Progress progress) throws Exception {
    takeDown();
    int capacity = config.passthrough().connectionTrackerCapacity();
    if (options.conntrack().isEmpty()) {
      return run(progress, FlowHash.fixed(), _ -> FlowStore.NONE, (_, _) -> {});
    }
    try (FlowFile file = FlowFile.open(options.conntrack().get(), capacity, FlowHash.fixed())) {
      if (snapshot().services().stream()
          .anyMatch(each -> each.listen().getAddress() instanceof Inet6Address)) {
        file.carryIpv6();
      }
      return run(
          progress,
          file.hash(),
          file::store,
          (passthrough, nowNs) ->
              passthrough
                  .recover(file.waiting(config.passthrough().workers()), snapshot())
                  .finish(nowNs));
    }
  }

  /** Fills the flow tables before the first frame. */
  private interface Recovery {
    void restore(Passthrough passthrough, long nowNs);
  }

  private ReplayReport run(
      Progress progress, FlowHash hash, Function<int[], FlowStore> stores, Recovery recovery)
      throws Exception {
    Snapshot snapshot = snapshot();
    Map<Integer, IpAddress[]> natAddresses = natAddresses(snapshot);
    Set<IpAddress> allNatAddresses =
        natAddresses.values().stream().flatMap(Stream::of).collect(Collectors.toSet());
    CaptureScan scan = CaptureScan.of(options.in(), allNatAddresses);
    PassthroughConfig settings = config.passthrough();
    try (WholeFile in = new WholeFile(new CaptureFileSource(options.in(), settings.ringSize()));
        CaptureFileSink out = new CaptureFileSink(options.out());
        Passthrough passthrough =
            new Passthrough(
                settings,
                List.of(new Arm("replay", ForwardingTable.ANY_MAC, in, out)),
                FlowTime.OF_FRAMES,
                hash,
                ports(settings.natPorts()),
                stores,
                Optional.empty(),
                counters)) {
      passthrough
          .tables()
          .update(
              snapshot,
              server -> hop(server, natAddresses.get(server.id()), scan),
              allNatAddresses);
      recovery.restore(passthrough, scan.firstTimeNs());
      drive(passthrough.pipeline(), in, out, scan.frames(), progress);
      // The end of the file shows before its last frames are through.
      passthrough.pipeline().close();
      PipelineCounts counts = passthrough.pipeline().counts();
      return new ReplayReport(
          counts.received().get(),
          counts.forwarded().get(),
          counts.refused(),
          counts.faults().get(),
          in.damage().map(FrameIoException::getMessage));
    }
  }

  private static BitSet ports(PortRange range) {
    BitSet ports = new BitSet();
    ports.set(range.first(), range.last() + 1);
    return ports;
  }

  /** A capture has nothing for the other modes. */
  private Snapshot snapshot() {
    return registry.snapshot().only(Mode::isOfFrames);
  }

  private void takeDown() {
    for (Pool pool : registry.snapshot().pools()) {
      int fall = config.backends().get(pool.name()).healthCheck().fall();
      for (Server server : pool.servers()) {
        if (options.down().contains(server.address())) {
          for (int failure = 0; failure < fall; failure++) {
            registry.report(server, false, "is down on the command line");
          }
        }
      }
    }
  }

  /** By server: what the configuration names, else the first frontend that it serves. */
  private Map<Integer, IpAddress[]> natAddresses(Snapshot snapshot) {
    List<InetAddress> named = config.passthrough().sourceAddrs();
    Map<Integer, IpAddress[]> addresses = new HashMap<>();
    for (Service service : snapshot.services()) {
      InetAddress listen = service.listen().getAddress();
      for (Server server : service.pool().servers()) {
        addresses.putIfAbsent(server.id(), natAddresses(named, listen, server));
      }
    }
    return addresses;
  }

  /** Of the server's family, which in a tunnel need not be the frontend's. */
  private static IpAddress[] natAddresses(
      List<InetAddress> named, InetAddress listen, Server server) {
    InetAddress at = server.address().getAddress();
    List<InetAddress> ofItsFamily =
        named.stream().filter(each -> each.getClass() == at.getClass()).toList();
    InetAddress unnamed =
        listen.getClass() == at.getClass()
            ? listen
            : InetAddress.ofLiteral(at instanceof Inet6Address ? "::" : "0.0.0.0");
    return (ofItsFamily.isEmpty() ? List.of(unnamed) : ofItsFamily)
        .stream().map(IpAddress::of).toArray(IpAddress[]::new);
  }

  private Hop hop(Server server, IpAddress[] natAddresses, CaptureScan scan) {
    if (natAddresses == null) {
      return Hop.UNRESOLVED;
    }
    return new Hop(
        0,
        MTU,
        mac(natAddresses[0], scan),
        mac(IpAddress.of(server.address().getAddress()), scan),
        natAddresses);
  }

  private long mac(IpAddress address, CaptureScan scan) {
    Long known = options.macs().get(address);
    return known != null ? known : scan.mac(address);
  }

  private void drive(
      Pipeline pipeline, WholeFile in, CaptureFileSink out, long frames, Progress progress)
      throws Exception {
    boolean threads = config.passthrough().threading() == Threading.DEDICATED;
    if (threads) {
      pipeline.start();
    }
    while (out.failed() == 0 && (!in.isEnded() || !pipeline.isDrained())) {
      if (threads) {
        LockSupport.parkNanos(LOOK_EVERY_NS);
      } else {
        pipeline.runOnce();
      }
      progress.at(pipeline.counts().received().get(), frames);
    }
  }
}
