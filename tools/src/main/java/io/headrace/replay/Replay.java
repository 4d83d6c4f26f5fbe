package io.headrace.replay;

import io.headrace.config.Config;
import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.PortRange;
import io.headrace.config.PassthroughConfig.Threading;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.ForwardingTables;
import io.headrace.forward.Hop;
import io.headrace.io.CaptureFileSink;
import io.headrace.io.CaptureFileSource;
import io.headrace.passthrough.FlowKeeping;
import io.headrace.passthrough.Workers;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.FlowTime;
import io.headrace.pipeline.Pipeline;
import io.headrace.registry.Pool;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Runs a capture file through the pipeline. Time is the capture's own, the key of the flow hash is fixed, and health is what
 * the caller says, so the same input gives the same output always.
 */
public final class Replay {
  /** Hears how far a replay is. */
  @FunctionalInterface
  public interface Progress {
    void at(long frames, long ofFrames);
  }

  private static final int PROGRESS_EVERY = 1 << 14;

  private Replay() {}

  /**
   * Replays a file, whole.
   *
   * @param config frontends, backends and the settings of the pipeline
   * @param options what to replay, and what the file cannot tell
   * @param progress hears how far it is, now and then
   */
  public static ReplayReport run(Config config, ReplayOptions options, Progress progress)
      throws Exception {
    PassthroughConfig settings = config.passthrough();
    Registry registry = registry(config, options.down());
    Set<Integer> frontendAddresses = new HashSet<>();
    for (Service service : registry.snapshot().services()) {
      frontendAddresses.add(ForwardingTables.ipv4(service.listen().getAddress()));
    }
    CaptureScan scan = CaptureScan.of(options.in(), frontendAddresses);
    return null;
  }
}
